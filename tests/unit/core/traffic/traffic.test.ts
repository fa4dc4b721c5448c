import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSeriesTraffic } from '../../../../src/core/traffic/messages.ts';
import { NO_TRAFFIC, since, sum, summarize, type Traffic } from '../../../../src/core/traffic/traffic.ts';
import {
  addTo,
  ageOf,
  KEPT_MINUTES,
  minutesWithin,
  overLast,
  type Windows,
} from '../../../../src/core/traffic/windows.ts';

const count = fc.nat(1000);
const fields = {
  classes: fc.array(count, { minLength: 6, maxLength: 6 }),
  failed: count,
  errors: count,
  seconds: count,
  buckets: fc
    .dictionary(fc.nat(368).map(String), fc.integer({ min: 1, max: 1000 }))
    .map((counts) => Object.entries(counts).flatMap(([bucket, times]) => [Number(bucket), times])),
};
const traffic: fc.Arbitrary<Traffic> = fc.record(fields, { noNullPrototype: true });

test('traffic adds up in any order and grouping, and what came since is the rest', () => {
  fc.assert(
    fc.property(traffic, traffic, traffic, (a, b, c) => {
      assert.deepEqual(sum(a, b), sum(b, a));
      assert.deepEqual(sum(sum(a, b), c), sum(a, sum(b, c)));
      assert.deepEqual(sum(a, NO_TRAFFIC), a);
      assert.deepEqual(since(a, sum(a, b)), b);
    }),
  );
});

test('a counter that went back is not the same counter', () => {
  const some = { ...NO_TRAFFIC, classes: [0, 0, 5, 0, 0, 0], buckets: [7, 5] };
  assert.equal(since(some, { ...some, classes: [0, 0, 4, 0, 0, 0] }), undefined);
  assert.equal(since(some, { ...some, buckets: [8, 5] }), undefined);
  assert.deepEqual(since(some, some), NO_TRAFFIC);
});

test('the share of errors is of all requests, and there is none without any', () => {
  const { requests, errorShare, p50 } = summarize({
    ...NO_TRAFFIC,
    classes: [1, 0, 6, 0, 0, 1],
    errors: 2,
    buckets: [40, 8],
  });
  assert.deepEqual([requests, errorShare], [8, 0.25]);
  assert.ok(p50 !== undefined && p50 > 0);
  assert.deepEqual(summarize(NO_TRAFFIC), {
    requests: 0,
    errors: 0,
    errorShare: undefined,
    p50: undefined,
    p99: undefined,
  });
});

test('the last minutes are the one that runs and those before it, and an hour of them is kept', () => {
  const at = (minutes: readonly number[]) =>
    minutes.reduce<Windows>((all, minute) => addTo(all, minute, { ...NO_TRAFFIC, failed: 1 }), []);
  const windows = at([10, 12, 12, 15]);
  assert.deepEqual(
    windows.map(({ minute }) => minute),
    [10, 12, 15],
  );
  assert.equal(overLast(windows, 15, 1).failed, 1);
  assert.equal(overLast(windows, 15, 3).failed, 1);
  assert.equal(overLast(windows, 15, 4).failed, 3);
  assert.equal(overLast(windows, 99, 5).failed, 0);
  const long = at(Array.from({ length: 500 }, (_, minute) => minute));
  assert.equal(long.length, KEPT_MINUTES);
  assert.equal(long.at(-1)?.minute, 499);
});

test('of the minutes since something began only those count that began after it', () => {
  const MINUTE = 60_000;
  const now = 10 * MINUTE + 15_000;
  const within = (age: number) => minutesWithin(now, age);
  assert.deepEqual([0, 14_000, 15_000, 74_000, 76_000, 7 * MINUTE].map(within), [0, 0, 0, 1, 2, 7]);
  assert.equal(within(5000 * MINUTE), KEPT_MINUTES);
  assert.equal(within(-MINUTE), 0, 'a time to come');
  assert.deepEqual(
    [0, 1, 5].map((minutes) => ageOf(now, minutes)),
    [0, 15_000, 4 * MINUTE + 15_000],
  );
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(1e8), (ms, age) => {
      assert.ok(ageOf(ms, minutesWithin(ms, age)) <= age);
    }),
  );
});

test('what is told of a revision is looked at before it is believed', () => {
  const told = { ...NO_TRAFFIC, service: 'shop/web', revision: 1, series: 1, buckets: [3, 1, 368, 2] };
  assert.ok(isSeriesTraffic(JSON.parse(JSON.stringify(told))));
  const wrong = [
    { series: undefined },
    { service: 7 },
    { revision: -1 },
    { classes: [1] },
    { classes: [0, 0, 0, 0, 0, 0.5] },
    { failed: null },
    { seconds: -1 },
    { buckets: [1] },
    { buckets: [369, 1] },
    { buckets: [3, 1, 3, 1] },
    { buckets: [4, 1, 3, 1] },
    { buckets: [1, 0] },
    { buckets: 'many' },
  ];
  for (const change of wrong) assert.ok(!isSeriesTraffic({ ...told, ...change }), JSON.stringify(change));
});
