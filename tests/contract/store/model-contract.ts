import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Compare, Op, RangeQuery, Store, Txn } from '../../../src/store/contract.ts';
import { often } from '../../lab/often.ts';
import { emptyModel, type Model, modelChanges, modelRange, modelTxn } from './model.ts';
import { type MakePlace, type Place, take } from './place.ts';

/** Any sequence of calls gives what a plain model gives; closing and opening in between changes nothing. */
export function modelContract(makePlace: MakePlace): void {
  suite('against a model', () => {
    test('any sequence of calls does what the model does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 60 }), (actions) => run(makePlace, actions)),
        { numRuns: often(20, 'ORCA_TEST_RUNS') },
      );
    });
  });
}

type Action =
  | { readonly do: 'txns'; readonly txns: readonly Txn[] }
  | { readonly do: 'range'; readonly query: RangeQuery; readonly back: number }
  | { readonly do: 'watch'; readonly prefix: string; readonly back: number }
  | { readonly do: 'compact'; readonly back: number }
  | { readonly do: 'reopen' };

const key = fc.constantFrom('a', 'a/', 'a/1', 'a/10', 'a/2', 'a/é', 'a/\uffff', 'a/🐋', 'a0', 'b/1');
const prefix = fc.constantFrom('', 'a', 'a/', 'a/1', 'b', 'a/🐋', 'c');
const value = fc.constantFrom('1', '2', '3');
/** How far behind the present. */
const back = fc.nat(12);

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ put: key, value }) },
  { weight: 2, arbitrary: fc.record({ delete: key }) },
  { weight: 1, arbitrary: fc.record({ deletePrefix: prefix }) },
);

const compare: fc.Arbitrary<Compare> = fc.oneof(
  fc.record({ key, exists: fc.boolean() }),
  fc.record({ key, value }),
  fc.record({ key, modRevision: fc.nat(20) }),
);

const txn: fc.Arbitrary<Txn> = fc
  .record({ compare: fc.array(compare, { maxLength: 2 }), then: ops(), otherwise: ops() })
  .map((made) => made satisfies Txn);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('txns' as const), txns: fc.array(txn, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('range' as const), query: query(), back }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), prefix, back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), back }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

/** Operations that one transaction may have: no key written twice. */
function ops(): fc.Arbitrary<readonly Op[]> {
  return fc.array(op, { maxLength: 4 }).map((all) => all.filter((one, index) => allowed(all.slice(0, index), one)));
}

function allowed(before: readonly Op[], one: Op): boolean {
  return before.every(
    (other) => !('put' in other && overlaps(one, other.put)) && !('put' in one && overlaps(other, one.put)),
  );
}

function overlaps(one: Op, key: string): boolean {
  if ('put' in one) return one.put === key;
  return 'delete' in one ? one.delete === key : key.startsWith(one.deletePrefix);
}

function query(): fc.Arbitrary<RangeQuery> {
  const limit = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
  return fc.record({ prefix, limit, after: fc.option(key, { nil: undefined }), reverse: fc.boolean() });
}

async function run(makePlace: MakePlace, actions: readonly Action[]): Promise<void> {
  const place = await makePlace();
  const model = emptyModel();
  let store = await place.open();
  try {
    for (const one of actions) store = await step(place, store, model, one);
    await compareWatch(store, model, '', model.compacted);
  } finally {
    await store.close();
    await place.clear();
  }
}

async function step(place: Place, store: Store, model: Model, one: Action): Promise<Store> {
  switch (one.do) {
    case 'txns':
      assert.deepEqual(
        await Promise.all(one.txns.map((each) => store.txn(each))),
        one.txns.map((each) => modelTxn(model, each)),
      );
      return store;
    case 'range':
      await compareRange(store, model, one.query, past(model, one.back));
      return store;
    case 'watch':
      await compareWatch(store, model, one.prefix, past(model, one.back));
      return store;
    case 'compact':
      model.compacted = Math.max(model.compacted, past(model, one.back));
      await store.compact(past(model, one.back));
      return store;
    case 'reopen':
      await store.close();
      return await place.open();
  }
}

const past = (model: Model, revisions: number): number => Math.max(0, model.revision - revisions);

async function compareRange(store: Store, model: Model, query: RangeQuery, revision: number): Promise<void> {
  assert.deepEqual(await store.range(query), modelRange(model, query));
  const then = { ...query, revision };
  if (revision >= model.compacted) assert.deepEqual(await store.range(then), modelRange(model, then));
  else await assert.rejects(store.range(then), { code: 'conflict', details: { compacted: model.compacted } });
}

async function compareWatch(store: Store, model: Model, under: string, from: number): Promise<void> {
  if (from < model.compacted) {
    await assert.rejects(take(store, under, from, 1), { code: 'conflict', details: { compacted: model.compacted } });
    return;
  }
  const expected = modelChanges(model, under, from);
  const count = expected.reduce((sum, { changes }) => sum + changes.length, 0);
  if (count > 0) assert.deepEqual(await take(store, under, from, count), expected);
}
