import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pickTarget } from '../../../../src/core/route/pick.ts';

const candidate = (name: string, inflight = 0, serving = true) => ({ name, inflight, serving });

test('the target with the least requests in flight is chosen', () => {
  const targets = [candidate('a', 2), candidate('b', 1), candidate('c', 3)];
  for (let turn = 0; turn < 5; turn++) assert.equal(pickTarget([{ weight: 1, targets }], turn)?.name, 'b');
});

test('ties take turns', () => {
  const targets = [candidate('a'), candidate('b'), candidate('c', 9)];
  const names = [0, 1, 2, 3, 4].map((turn) => pickTarget([{ weight: 1, targets }], turn)?.name);
  assert.deepEqual(new Set(names), new Set(['a', 'b']));
});

test('a target that does not serve is never chosen', () => {
  const targets = [candidate('a', 0, false), candidate('b', 5)];
  assert.equal(pickTarget([{ weight: 1, targets }], 0)?.name, 'b');
  assert.equal(pickTarget([{ weight: 1, targets: targets.slice(0, 1) }], 0), undefined);
  assert.equal(pickTarget([], 0), undefined);
  assert.equal(pickTarget([{ weight: 1, targets: [] }], 3), undefined);
});

test('a pool in which nothing serves gives its share to the others', () => {
  const pools = [
    { weight: 90, targets: [candidate('a', 0, false)] },
    { weight: 10, targets: [candidate('b')] },
  ];
  for (let turn = 0; turn < 20; turn++) assert.equal(pickTarget(pools, turn)?.name, 'b');
});

test('shares hold to a tenth of a point over 10,000 requests, from any first turn', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 99 }), (first, weight) => {
      const pools = [
        { weight, targets: [candidate('new')] },
        { weight: 100 - weight, targets: [candidate('old'), candidate('old')] },
      ];
      let count = 0;
      for (let turn = 0; turn < 10_000; turn++) if (pickTarget(pools, first + turn)?.name === 'new') count += 1;
      assert.ok(Math.abs(count / 100 - weight) < 0.1, `${count} of 10,000 at weight ${weight}`);
    }),
    { numRuns: 20 },
  );
});
