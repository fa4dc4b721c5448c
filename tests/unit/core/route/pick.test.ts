import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pickTarget } from '../../../../src/core/route/pick.ts';
import { nextPoint } from '../../../../src/core/route/point.ts';

const candidate = (name: string, inflight = 0, serving = true, weight = 1) => ({
  name,
  inflight,
  serving,
  weight,
});
const share = (weight: number, ...targets: ReturnType<typeof candidate>[]) => ({ weight, targets });

/** Many points, evenly. */
const POINTS = Array.from({ length: 1000 }, (_, at) => at / 1000);

/** Names in the order of the points. */
const chosen = (shares: Parameters<typeof pickTarget<ReturnType<typeof candidate>>>[0]) =>
  POINTS.map((point, turn) => pickTarget(shares, point, turn)?.name);

const countOf = (name: string, names: readonly (string | undefined)[]) => names.filter((one) => one === name).length;

test('the target with the least requests in flight is chosen', () => {
  const shares = [share(1, candidate('a', 2), candidate('b', 1), candidate('c', 3))];
  for (let turn = 0; turn < 5; turn++) assert.equal(pickTarget(shares, 0, turn)?.name, 'b');
});

test('ties take turns', () => {
  const shares = [share(1, candidate('a'), candidate('b'), candidate('c', 9))];
  const names = [0, 1, 2, 3, 4].map((turn) => pickTarget(shares, 0, turn)?.name);
  assert.deepEqual(new Set(names), new Set(['a', 'b']));
});

test('a target that does not serve is never chosen', () => {
  const targets = [candidate('a', 0, false), candidate('b', 5)];
  assert.equal(pickTarget([share(1, ...targets)], 0, 0)?.name, 'b');
  assert.equal(pickTarget([share(1, ...targets.slice(0, 1))], 0, 0), undefined);
  assert.equal(pickTarget([], 0, 0), undefined);
  assert.equal(pickTarget([share(1)], 0, 3), undefined);
  assert.equal(pickTarget([share(1), share(2, candidate('a', 0, false))], 0.5, 3), undefined);
});

test('a share has its part of the points, however many targets it has', () => {
  const names = chosen([share(75, candidate('old')), share(25, candidate('new'), candidate('new'), candidate('new'))]);
  assert.equal(countOf('new', names), 250);
});

test('a share in which nothing serves gives its part to the others by their weights, and nobody else moves', () => {
  const shares = (serving: boolean) => [
    share(40, candidate('a')),
    share(40, candidate('b', 0, serving)),
    share(20, candidate('c')),
  ];
  const [before, after] = [chosen(shares(true)), chosen(shares(false))];
  for (const [at, name] of before.entries()) if (name !== 'b') assert.equal(after[at], name);
  assert.ok(Math.abs(countOf('a', after) - 667) <= 1, `${countOf('a', after)}`);
  assert.ok(Math.abs(countOf('c', after) - 333) <= 1, `${countOf('c', after)}`);
});

test('a share without a weight is asked only when no other serves', () => {
  assert.deepEqual(new Set(chosen([share(1, candidate('a')), share(0, candidate('b'))])), new Set(['a']));
  assert.deepEqual(new Set(chosen([share(0, candidate('b')), share(1, candidate('a', 0, false))])), new Set(['b']));
  assert.deepEqual(new Set(chosen([share(0, candidate('b')), share(0, candidate('c'))])), new Set(['c']));
});

const weight = fc.integer({ min: 1, max: 99 });
const point = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((value) => value / 2 ** 32);

test('whoever has the last share keeps it while that grows', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 3 }), weight, weight, point, (others, last, more, at) => {
      const shares = (size: number) => [
        ...others.map((one) => share(one, candidate('old'))),
        share(size, candidate('new')),
      ];
      const before = pickTarget(shares(last), at, 0)?.name;
      if (before === 'new') assert.equal(pickTarget(shares(last + more), at, 0)?.name, 'new');
    }),
    { numRuns: 2000 },
  );
});

test('no request is turned away while anything serves', () => {
  const targets = fc.array(fc.boolean(), { maxLength: 3 });
  const shares = fc.array(fc.record({ weight: fc.nat(5), targets }), { maxLength: 4 });
  fc.assert(
    fc.property(shares, point, fc.nat(), (given, at, turn) => {
      const built = given.map((one) => share(one.weight, ...one.targets.map((serving) => candidate('x', 0, serving))));
      const serves = given.some((one) => one.targets.includes(true));
      assert.equal(pickTarget(built, at, turn)?.serving, serves ? true : undefined);
    }),
    { numRuns: 2000 },
  );
});

test('shares hold to a tenth of a point over 10,000 requests, from any first point, also of every second or third request', () => {
  fc.assert(
    fc.property(point, weight, fc.integer({ min: 1, max: 3 }), (first, size, every) => {
      const shares = [share(100 - size, candidate('old'), candidate('old')), share(size, candidate('new'))];
      let at = first;
      let count = 0;
      for (let request = 0; request < 10_000 * every; request++) {
        at = nextPoint(at);
        if (request % every === 0 && pickTarget(shares, at, request)?.name === 'new') count += 1;
      }
      assert.ok(Math.abs(count / 100 - size) < 0.1, `${count} of 10,000 at weight ${size}`);
    }),
    { numRuns: 20 },
  );
});

test('who stands for several tasks has as many turns, and as many requests in flight', () => {
  const shares = [share(1, candidate('own'), candidate('node', 0, true, 3))];
  const names = Array.from({ length: 40 }, (_, turn) => pickTarget(shares, 0, turn)?.name);
  assert.equal(countOf('own', names), 10);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 1000 }),
      (weights, turn) => {
        const targets = weights.map((weight, at) => candidate(String(at), 0, true, weight));
        const tasks = weights.reduce((sum, weight) => sum + weight, 0);
        for (let request = 0; request < 4 * tasks; request += 1) {
          const chosen = pickTarget([share(1, ...targets)], 0, turn + request);
          if (chosen) chosen.inflight += 1;
        }
        for (const { inflight, weight } of targets) assert.equal(inflight, 4 * weight);
      },
    ),
  );
});
