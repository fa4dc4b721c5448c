import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { emptyStore, inWords, type MakePlace, putEach, take } from './place.ts';

export function watchContract(makePlace: MakePlace): void {
  suite('watches', () => {
    test('a watch tells every change after its revision, by transaction, then what comes', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a/1', '1'], ['b', '1'], ['a/1', '2']);
      const seen = take(store, 'a/', 1, 4);
      await store.txn({
        then: [
          { put: 'a/2', value: '1' },
          { put: 'c', value: '1' },
        ],
      });
      await store.txn({ then: [{ deletePrefix: 'a/' }] });
      assert.deepEqual(inWords(await seen), ['3 +a/1=2', '4 +a/2=1', '5 -a/1', '5 -a/2']);
    });

    test('a change in a watch carries the whole entry', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1'], ['a', '2']);
      const [, second] = await take(store, 'a', 0, 2);
      const entry = { key: 'a', value: '2', createRevision: 1, modRevision: 2, version: 2 };
      assert.deepEqual(second, { revision: 2, changes: [{ type: 'put', entry }] });
    });

    test('list, then watch from its revision: nothing is missed or told twice', async (t) => {
      const store = await emptyStore(t, makePlace);
      const writes = Array.from({ length: 200 }, (_, n) => putEach(store, [`k/${n}`, '']));
      const { revision, entries } = await store.range({ prefix: 'k/' });
      const watched = entries.length < 200 ? await take(store, 'k/', revision, 200 - entries.length) : [];
      await Promise.all(writes);
      const told = [...entries.map(({ key }) => key), ...watched.flatMap(({ changes }) => changes.map(keyOf))];
      assert.equal(told.length, 200);
      assert.equal(new Set(told).size, 200);
    });

    test('a watch ends when its signal aborts, waiting or not yet begun', async (t) => {
      const store = await emptyStore(t, makePlace);
      const aborting = new AbortController();
      const waiting = all(store.watch({ prefix: '', after: 0, signal: aborting.signal }));
      aborting.abort();
      assert.deepEqual(await waiting, []);
      await putEach(store, ['a', '1']);
      assert.deepEqual(await all(store.watch({ prefix: '', after: 0, signal: aborting.signal })), []);
    });

    test('a watch from a compacted revision is refused with where history begins', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1'], ['a', '2'], ['a', '3'], ['a', '4']);
      await store.compact(3);
      await assert.rejects(take(store, 'a', 2, 1), { code: 'conflict', details: { compacted: 3 } });
      assert.deepEqual(inWords(await take(store, 'a', 3, 1)), ['4 +a=4']);
    });

    test('a watcher that falls behind what is kept is told so; one whose prefix is quiet is not', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['busy', '0'], ['quiet', '0']);
      const slow = store.watch({ prefix: 'busy', after: 0 })[Symbol.asyncIterator]();
      const quiet = take(store, 'quiet', 2, 1);
      assert.equal((await slow.next()).value?.revision, 1);
      await putEach(store, ['busy', '1'], ['busy', '2'], ['busy', '3']);
      await store.compact(5);
      await assert.rejects(slow.next(), { code: 'conflict', details: { compacted: 5 } });
      await putEach(store, ['quiet', '1']);
      assert.deepEqual(inWords(await quiet), ['6 +quiet=1']);
    });

    test('more changes than fit one answer arrive in order', async (t) => {
      const store = await emptyStore(t, makePlace);
      const value = 'v'.repeat(10_000);
      await Promise.all(Array.from({ length: 2500 }, (_, n) => putEach(store, [`k/${n}`, value])));
      const batches = await take(store, 'k/', 0, 2500);
      assert.deepEqual(
        batches.map(({ revision }) => revision),
        Array.from({ length: 2500 }, (_, n) => n + 1),
      );
    });

    test('many watchers of one prefix are all told', async (t) => {
      const store = await emptyStore(t, makePlace);
      const watching = Array.from({ length: 100 }, () => take(store, 'a', 0, 2));
      await putEach(store, ['a', '1'], ['a', '2']);
      for (const batches of await Promise.all(watching)) assert.deepEqual(inWords(batches), ['1 +a=1', '2 +a=2']);
    });

    test('a watch from a revision yet to come tells what comes after it', async (t) => {
      const store = await emptyStore(t, makePlace);
      const seen = take(store, '', 2, 1);
      await putEach(store, ['a', '1'], ['a', '2'], ['a', '3']);
      assert.deepEqual(inWords(await seen), ['3 +a=3']);
    });
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const keyOf = (change: { readonly key: string } | { readonly entry: { readonly key: string } }): string =>
  'entry' in change ? change.entry.key : change.key;
