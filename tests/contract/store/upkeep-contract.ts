import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../lab/until.ts';
import { emptyStore, inWords, type MakePlace, placeFor, putEach, take } from './place.ts';

/** Leases, compaction, status, and what is kept when a store is closed and opened again. */
export function upkeepContract(makePlace: MakePlace): void {
  suite('leases', () => {
    test('when a lease ends its keys are deleted in one revision, and others stay', async (t) => {
      const store = await emptyStore(t, makePlace);
      const lease = await store.grant(3000);
      await store.txn({
        then: [
          { put: 'a', value: '1', lease },
          { put: 'b', value: '1', lease },
        ],
      });
      await putEach(store, ['c', '1']);
      assert.equal((await store.get('a'))?.lease, lease);
      assert.deepEqual(inWords(await take(store, '', 2, 2)), ['3 -a', '3 -b']);
      assert.deepEqual(
        (await store.range({ prefix: '' })).entries.map(({ key }) => key),
        ['c'],
      );
      await assert.rejects(store.keepAlive(lease), { code: 'not_found' });
    });

    test('a lease kept alive stays, and ends when it is no longer', async (t) => {
      const store = await emptyStore(t, makePlace);
      const [kept, left] = [await store.grant(3000), await store.grant(3000)];
      await store.txn({
        then: [
          { put: 'kept', value: '', lease: kept },
          { put: 'left', value: '', lease: left },
        ],
      });
      const ended = take(store, 'left', 1, 1);
      const keeping = new AbortController();
      const keeper = keepAlive(() => store.keepAlive(kept), keeping.signal);
      await ended;
      assert.notEqual(await store.get('kept'), undefined);
      keeping.abort();
      await keeper;
      assert.deepEqual(inWords(await take(store, 'kept', 1, 1)), ['3 -kept']);
    });

    test('a revoked lease ends at once; an unknown one is not found', async (t) => {
      const store = await emptyStore(t, makePlace);
      const lease = await store.grant(60_000);
      await store.txn({ then: [{ put: 'a', value: '', lease }] });
      await store.revoke(lease);
      assert.equal(await store.get('a'), undefined);
      await assert.rejects(store.revoke(lease), { code: 'not_found' });
      await assert.rejects(store.txn({ then: [{ put: 'a', value: '', lease }] }), { code: 'not_found' });
      assert.equal((await store.range({ prefix: '' })).revision, 2);
    });

    test('a put without the lease takes its key out of it', async (t) => {
      const store = await emptyStore(t, makePlace);
      const lease = await store.grant(60_000);
      await store.txn({
        then: [
          { put: 'a', value: '1', lease },
          { put: 'b', value: '1', lease },
        ],
      });
      await putEach(store, ['a', '2']);
      await store.revoke(lease);
      assert.deepEqual([(await store.get('a'))?.value, await store.get('b')], ['2', undefined]);
    });

    test('a ttl that is none is refused', async (t) => {
      const store = await emptyStore(t, makePlace);
      for (const ttl of [0, -1, 1.5, Number.NaN, 1e12]) await assert.rejects(store.grant(ttl), { code: 'invalid' });
    });

    test('leases outlive a restart and then end by themselves', async (t) => {
      const place = await placeFor(t, makePlace);
      const before = await place.open();
      const lease = await before.grant(3000);
      await before.txn({ then: [{ put: 'a', value: '', lease }] });
      await before.close();
      const store = await place.open();
      await store.keepAlive(lease);
      assert.deepEqual(inWords(await take(store, 'a', 1, 1)), ['2 -a']);
    });
  });

  suite('compaction', () => {
    test('compaction forgets what was superseded and keeps what lives', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1'], ['a', '2'], ['b', '1']);
      await store.txn({ then: [{ delete: 'b' }] });
      await putEach(store, ['a', '3']);
      await store.compact(4);
      await assert.rejects(store.range({ prefix: '', revision: 3 }), { code: 'conflict', details: { compacted: 4 } });
      const then = await store.range({ prefix: '', revision: 4 });
      assert.deepEqual(
        then.entries.map(({ key, value }) => key + value),
        ['a2'],
      );
      assert.deepEqual(await store.get('a'), { key: 'a', value: '3', createRevision: 1, modRevision: 5, version: 3 });
      assert.equal((await store.status()).compacted, 4);
    });

    test('compacting again is nothing; compacting the future is refused', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1'], ['a', '2']);
      await store.compact(2);
      await store.compact(1);
      assert.deepEqual([(await store.status()).compacted, (await store.get('a'))?.value], [2, '2']);
      await assert.rejects(store.compact(3), { code: 'invalid' });
    });

    test('history is cut by itself, and what lives stays', async (t) => {
      const place = await placeFor(t, makePlace);
      const store = await place.open({ history: 100 });
      await putEach(store, ['first', '1']);
      await Promise.all(Array.from({ length: 2000 }, (_, n) => putEach(store, [`k/${n % 7}`, `${n}`])));
      await until('history to be cut', async () => (await store.status()).compacted > 1000);
      const { revision, compacted } = await store.status();
      assert.equal(revision, 2001);
      assert.ok(compacted <= revision - 100, `${compacted}`);
      assert.equal((await store.range({ prefix: '' })).entries.length, 8);
    });
  });

  suite('opening again', () => {
    test('everything is as it was: revision, history, compacted, epoch', async (t) => {
      const place = await placeFor(t, makePlace);
      const before = await place.open();
      await putEach(before, ['a', '1'], ['a', '2'], ['b', '1']);
      await before.txn({ then: [{ delete: 'b' }] });
      await before.compact(2);
      await before.close();
      const store = await place.open();
      assert.equal(store.epoch, before.epoch);
      assert.deepEqual(inWords(await take(store, '', 2, 2)), ['3 +b=1', '4 -b']);
      const { revision, compacted, bytes } = await store.status();
      assert.deepEqual([revision, compacted, bytes > 0], [4, 2, true]);
    });

    test('a revision is not given twice, even if all of it is compacted', async (t) => {
      const place = await placeFor(t, makePlace);
      const before = await place.open();
      await putEach(before, ['a', '1']);
      await before.txn({ then: [{ delete: 'a' }] });
      await before.compact(2);
      await before.close();
      const store = await place.open();
      assert.equal(await putEach(store, ['a', '1']), 3);
    });

    test('a closed store refuses, its watches too; closing again is nothing', async (t) => {
      const place = await placeFor(t, makePlace);
      const store = await place.open();
      const watching = take(store, 'other', 0, 1);
      const refused = assert.rejects(watching, { code: 'unavailable' });
      const written = putEach(store, ['a', '1']);
      await Promise.all([store.close(), store.close()]);
      await refused;
      assert.equal(await written, 1);
      await assert.rejects(store.get('a'), { code: 'unavailable' });
    });

    test('another store has another epoch', async (t) => {
      const epochs = [];
      for (let n = 0; n < 2; n++) {
        const place = await placeFor(t, makePlace);
        const store = await place.open();
        epochs.push(store.epoch);
      }
      assert.notEqual(epochs[0], epochs[1]);
    });
  });
}

async function keepAlive(once: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await once();
    await delay(50);
  }
}
