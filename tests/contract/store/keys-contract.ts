import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MAX_VALUE_BYTES, type Op, type Store } from '../../../src/store/contract.ts';
import { emptyStore, type MakePlace, putEach } from './place.ts';

/** Reading and writing keys. */
export function keysContract(makePlace: MakePlace): void {
  suite('keys', () => {
    test('an empty store has no keys and revision 0', async (t) => {
      const store = await emptyStore(t, makePlace);
      assert.equal(await store.get('a'), undefined);
      assert.deepEqual(await store.range({ prefix: '' }), { revision: 0, entries: [], more: false });
    });

    test('an entry tells when it was created, last changed and how often', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1'], ['b', '2'], ['a', '3']);
      assert.deepEqual(await store.get('a'), { key: 'a', value: '3', createRevision: 1, modRevision: 3, version: 2 });
    });

    test('a key deleted and put again begins anew', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1'], ['a', '2']);
      await store.txn({ then: [{ delete: 'a' }] });
      assert.equal(await store.get('a'), undefined);
      await putEach(store, ['a', '3']);
      assert.deepEqual(await store.get('a'), { key: 'a', value: '3', createRevision: 4, modRevision: 4, version: 1 });
    });

    test('keys and values keep every character', async (t) => {
      const store = await emptyStore(t, makePlace);
      const key = 'größe/🐋/\u{10ffff}/\'";--%_*';
      const value = '{"zero":"\0","whale":"🐋","long":"\uffff"}';
      await putEach(store, [key, value], ['empty', '']);
      assert.equal((await store.get(key))?.value, value);
      assert.equal((await store.get('empty'))?.value, '');
    });

    test('a value of 1 MiB is kept, a larger one refused', async (t) => {
      const store = await emptyStore(t, makePlace);
      const value = 'v'.repeat(MAX_VALUE_BYTES);
      await putEach(store, ['a', value]);
      assert.equal((await store.get('a'))?.value, value);
      await assert.rejects(putEach(store, ['b', `${value}v`]), { code: 'too_large' });
      await assert.rejects(putEach(store, ['b', 'é'.repeat(MAX_VALUE_BYTES / 2 + 1)]), { code: 'too_large' });
    });

    test('keys that are empty, too long or not text are refused', async (t) => {
      const store = await emptyStore(t, makePlace);
      await assert.rejects(putEach(store, ['', '1']), { code: 'invalid' });
      await assert.rejects(putEach(store, ['a\0', '1']), { code: 'invalid' });
      await assert.rejects(putEach(store, ['\ud800', '1']), { code: 'invalid' });
      await assert.rejects(putEach(store, ['a', '\udfff']), { code: 'invalid' });
      await assert.rejects(putEach(store, ['k'.repeat(1025), '1']), { code: 'too_large' });
      await assert.rejects(store.get(''), { code: 'invalid' });
    });
  });

  suite('ranges', () => {
    test('a range is the keys of a prefix in order of bytes', async (t) => {
      const store = await emptyStore(t, makePlace);
      const sorted = ['a', 'a/', 'a/1', 'a/10', 'a/2', 'a/é', 'a/\uffff', 'a/🐋', 'a0', 'b'];
      await putEach(store, ...[...sorted].reverse().map((key) => [key, key] as const));
      assert.deepEqual(await keys(store, { prefix: '' }), sorted);
      assert.deepEqual(await keys(store, { prefix: 'a/' }), sorted.slice(1, 8));
      assert.deepEqual(await keys(store, { prefix: 'a/', reverse: true }), sorted.slice(1, 8).reverse());
      assert.deepEqual(await keys(store, { prefix: 'c' }), []);
    });

    test('pages cover a range in both directions, and say whether there is more', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ...[1, 2, 3, 4, 5].map((n) => [`a/${n}`, ''] as const), ['b', '']);
      const first = await store.range({ prefix: 'a/', limit: 2 });
      assert.deepEqual([first.entries.map(({ key }) => key), first.more], [['a/1', 'a/2'], true]);
      const last = await store.range({ prefix: 'a/', limit: 3, after: 'a/2' });
      assert.deepEqual([last.entries.map(({ key }) => key), last.more], [['a/3', 'a/4', 'a/5'], false]);
      const back = await store.range({ prefix: 'a/', limit: 2, after: 'a/4', reverse: true });
      assert.deepEqual([back.entries.map(({ key }) => key), back.more], [['a/3', 'a/2'], true]);
    });

    test('a page ends after 1000 entries or 4 MiB, with more to come', async (t) => {
      const store = await emptyStore(t, makePlace);
      const many: Op[] = Array.from({ length: 1001 }, (_, n) => ({
        put: `few/${String(n).padStart(4, '0')}`,
        value: '',
      }));
      while (many.length > 0) await store.txn({ then: many.splice(0, 128) });
      const { entries, more } = await store.range({ prefix: 'few/', limit: 5000 });
      assert.deepEqual([entries.length, more], [1000, true]);
      for (let n = 0; n < 6; n++) await putEach(store, [`big/${n}`, 'v'.repeat(MAX_VALUE_BYTES)]);
      const big = await store.range({ prefix: 'big/' });
      assert.deepEqual([big.entries.length, big.more], [4, true]);
    });

    test('a range at a revision is as it was then', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1'], ['b', '1'], ['a', '2']);
      await store.txn({ then: [{ delete: 'b' }, { put: 'c', value: '1' }] });
      const at = async (revision: number) =>
        (await store.range({ prefix: '', revision })).entries.map(({ key, value }) => key + value);
      assert.deepEqual(await Promise.all([0, 1, 2, 3, 4].map(at)), [
        [],
        ['a1'],
        ['a1', 'b1'],
        ['a2', 'b1'],
        ['a2', 'c1'],
      ]);
    });

    test('a revision yet to come and a limit below 1 are refused', async (t) => {
      const store = await emptyStore(t, makePlace);
      await assert.rejects(store.range({ prefix: '', revision: 1 }), { code: 'invalid' });
      await assert.rejects(store.range({ prefix: '', limit: 0 }), { code: 'invalid' });
    });
  });
}

const keys = async (store: Store, query: { readonly prefix: string; readonly reverse?: boolean }): Promise<string[]> =>
  (await store.range(query)).entries.map(({ key }) => key);
