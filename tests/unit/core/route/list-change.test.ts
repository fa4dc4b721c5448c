import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyChange, changeOf, isListChange } from '../../../../src/core/route/list-change.ts';

const items = Array.from({ length: 8 }, (_, n) => ({ n }));
const list = fc.uniqueArray(fc.constantFrom(...items));
const sent = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

test('a change leads from the one list to the other, also where things were moved, and keeps what stays', () => {
  fc.assert(
    fc.property(list, list, (before, after) => {
      const change = sent(changeOf(before, after));
      assert.ok(isListChange(change));
      const found = applyChange(before, change);
      assert.deepEqual(found, after);
      const added = change.flatMap((splice) => splice.added).length;
      assert.equal(found?.filter((one) => before.includes(one)).length, after.length - added);
    }),
  );
});

test('what is the same is told as nothing, and one of many that is another one as that one', () => {
  const [first, second, third, other] = items as [object, object, object, object];
  const before = [first, second, third];
  assert.deepEqual(changeOf(before, [...before]), []);
  assert.deepEqual(changeOf(before, [first, other, third]), [{ at: 1, removed: 1, added: [other] }]);
  assert.deepEqual(changeOf(before, [other, ...before]), [{ at: 0, removed: 0, added: [other] }]);
  assert.deepEqual(changeOf(before, [first, third]), [{ at: 1, removed: 1, added: [] }]);
});

test('what reaches beyond the list, or back, is no change of it', () => {
  const none: readonly object[] = [];
  assert.equal(applyChange(items, [{ at: 7, removed: 2, added: none }]), undefined);
  assert.equal(applyChange(items, [{ at: 9, removed: 0, added: none }]), undefined);
  const [two, one] = [2, 1].map((at) => ({ at, removed: 1, added: none }));
  assert.equal(applyChange(items, [two, one] as never), undefined);
});

test('what is not in the shape of a change is none', () => {
  const good = { at: 0, removed: 0, added: [1] };
  const isOne = (v: unknown): v is 1 => v === 1;
  assert.ok(isListChange([good], isOne));
  for (const bad of [{}, [null], [{ ...good, at: -1 }], [{ ...good, removed: 0.5 }], [{ ...good, added: {} }]])
    assert.ok(!isListChange(bad), JSON.stringify(bad));
  assert.ok(!isListChange([{ ...good, added: [2] }], isOne));
});
