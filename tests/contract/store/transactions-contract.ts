import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Compare, Op } from '../../../src/store/contract.ts';
import { emptyStore, inWords, type MakePlace, putEach, take } from './place.ts';

export function transactionsContract(makePlace: MakePlace): void {
  suite('transactions', () => {
    test('a transaction raises the revision by one, whatever it writes', async (t) => {
      const store = await emptyStore(t, makePlace);
      const then: Op[] = [
        { put: 'a', value: '1' },
        { put: 'b', value: '1' },
      ];
      assert.deepEqual(await store.txn({ then }), { succeeded: true, revision: 1 });
      assert.deepEqual(await store.txn({ then: [{ deletePrefix: '' }] }), { succeeded: true, revision: 2 });
    });

    test('a transaction that changes nothing raises no revision', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1']);
      const nothing: Op[] = [{ delete: 'x' }, { deletePrefix: 'x/' }];
      assert.deepEqual(await store.txn({ then: nothing }), { succeeded: true, revision: 1 });
      assert.deepEqual(await store.txn({ then: [] }), { succeeded: true, revision: 1 });
    });

    const conditions: readonly (readonly [Compare, boolean])[] = [
      [{ key: 'a', exists: true }, true],
      [{ key: 'a', exists: false }, false],
      [{ key: 'x', exists: false }, true],
      [{ key: 'x', exists: true }, false],
      [{ key: 'a', modRevision: 2 }, true],
      [{ key: 'a', modRevision: 1 }, false],
      [{ key: 'x', modRevision: 0 }, true],
      [{ key: 'a', value: '2' }, true],
      [{ key: 'a', value: '1' }, false],
      [{ key: 'x', value: '' }, false],
    ];
    for (const [condition, expected] of conditions) {
      test(`${JSON.stringify(condition)} ${expected ? 'holds' : 'does not hold'}`, async (t) => {
        const store = await emptyStore(t, makePlace);
        await putEach(store, ['a', '1'], ['a', '2']);
        const [then, otherwise] = [[{ put: 'then', value: '' }], [{ put: 'otherwise', value: '' }]];
        assert.equal((await store.txn({ compare: [condition], then, otherwise })).succeeded, expected);
        assert.equal((await store.get('then')) !== undefined, expected);
        assert.equal((await store.get('otherwise')) !== undefined, !expected);
      });
    }

    test('all conditions must hold', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '1']);
      const compare: Compare[] = [
        { key: 'a', exists: true },
        { key: 'b', exists: true },
      ];
      assert.deepEqual(await store.txn({ compare, then: [{ delete: 'a' }] }), { succeeded: false, revision: 1 });
    });

    test('a key written twice by one transaction is refused, and nothing of it done', async (t) => {
      const store = await emptyStore(t, makePlace);
      const put: Op = { put: 'a/1', value: '' };
      for (const second of [put, { delete: 'a/1' }, { deletePrefix: 'a/' }]) {
        await assert.rejects(store.txn({ then: [put, second] }), { code: 'invalid' });
      }
      assert.equal((await store.range({ prefix: '' })).revision, 0);
      await store.txn({ compare: [{ key: 'a/1', exists: true }], then: [{ delete: 'a/1' }], otherwise: [put] });
      assert.equal((await store.txn({ then: [{ delete: 'a/1' }, { deletePrefix: 'a/' }] })).revision, 2);
    });

    test('128 operations are done, 129 refused', async (t) => {
      const store = await emptyStore(t, makePlace);
      const ops = (count: number): Op[] => Array.from({ length: count }, (_, n) => ({ put: `k/${n}`, value: '' }));
      await assert.rejects(store.txn({ then: ops(129) }), { code: 'too_large' });
      assert.equal((await store.txn({ then: ops(128) })).revision, 1);
      assert.deepEqual(inWords(await take(store, 'k/', 0, 128)).length, 128);
    });

    test('of many that compare with the same revision one succeeds', async (t) => {
      const store = await emptyStore(t, makePlace);
      await putEach(store, ['a', '0']);
      const race = Array.from({ length: 50 }, (_, n) =>
        store.txn({ compare: [{ key: 'a', modRevision: 1 }], then: [{ put: 'a', value: `${n}` }] }),
      );
      const won = (await Promise.all(race)).filter(({ succeeded }) => succeeded);
      assert.deepEqual(won, [{ succeeded: true, revision: 2 }]);
    });

    test('transactions made together each have a revision of their own, and a refused one takes none along', async (t) => {
      const store = await emptyStore(t, makePlace);
      const made = await Promise.allSettled(
        Array.from({ length: 100 }, (_, n) =>
          store.txn({
            then: [
              { put: `k/${n}`, value: '' },
              { put: 'x', value: '', lease: n % 10 ? undefined : 'gone' },
            ],
          }),
        ),
      );
      const revisions = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.revision] : []));
      assert.deepEqual(
        revisions.toSorted((a, b) => a - b),
        Array.from({ length: 90 }, (_, n) => n + 1),
      );
      assert.equal(await store.get('k/0'), undefined);
      assert.equal((await store.get('k/1'))?.version, 1);
    });
  });
}
