import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  BUCKETS,
  type Buckets,
  beginOf,
  bucketOf,
  combine,
  countBelow,
  countOf,
  quantile,
} from '../../../../src/core/traffic/histogram.ts';

/** From less than a bucket to twice the longest that there is one for, ms. */
const time = fc.double({ min: 0, max: 512_000, noNaN: true });
const times = fc.array(time, { maxLength: 60 });

const one = (ms: number): Buckets => [bucketOf(ms), 1];
const of = (all: readonly number[]): Buckets => all.reduce<Buckets>((sum, ms) => combine(sum, one(ms), 1), []);

test('each time lies in one bucket, which is no wider than a sixteenth of its begin', () => {
  fc.assert(
    fc.property(time, (ms) => {
      const bucket = bucketOf(ms);
      assert.ok(Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS);
      assert.ok(beginOf(bucket) <= ms);
      if (bucket === BUCKETS - 1) return;
      assert.ok(ms < beginOf(bucket + 1));
      const wide = beginOf(bucket + 1) - beginOf(bucket);
      assert.ok(bucket < 16 || wide <= beginOf(bucket) / 16 + 1e-9, `${bucket}: ${wide}`);
    }),
  );
});

test('the buckets follow each other without a gap', () => {
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    assert.equal(bucketOf(beginOf(bucket) * (1 + 1e-12)), bucket);
    assert.ok(bucket === 0 || beginOf(bucket) > beginOf(bucket - 1));
  }
});

test('what is no time lies in the first bucket, and what is too long in the last', () => {
  assert.equal(bucketOf(-1), 0);
  assert.equal(bucketOf(Number.NaN), 0);
  assert.equal(bucketOf(256_000), BUCKETS - 1);
  assert.equal(bucketOf(Number.POSITIVE_INFINITY), BUCKETS - 1);
});

test('to add up histograms gives the same in any order and grouping, and as all times at once', () => {
  fc.assert(
    fc.property(times, times, times, (a, b, c) => {
      const whole = of([...a, ...b, ...c]);
      assert.deepEqual(combine(combine(of(a), of(b), 1), of(c), 1), whole);
      assert.deepEqual(combine(of(a), combine(of(b), of(c), 1), 1), whole);
      assert.deepEqual(combine(of(c), combine(of(b), of(a), 1), 1), whole);
      assert.deepEqual(combine(whole, of(b), -1), of([...a, ...c]));
      assert.equal(countOf(whole), a.length + b.length + c.length);
    }),
  );
});

test('a quantile is a thirty-second off at most, or two millionths of a second', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 255_999, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
      (all, q) => {
        const exact = [...all].sort((a, b) => a - b)[Math.ceil(q * all.length) - 1] ?? 0;
        const told = quantile(of(all), q) ?? Number.NaN;
        assert.ok(Math.abs(told - exact) <= Math.max(exact / 32, 0.002) + 1e-9, `${told} for ${exact}`);
      },
    ),
  );
  assert.equal(quantile([], 0.5), undefined);
});

test('how many took less than a power of two of a second is exact', () => {
  fc.assert(
    fc.property(times, fc.integer({ min: -10, max: 7 }), (all, power) => {
      assert.equal(countBelow(of(all), power), all.filter((ms) => ms < 2 ** power * 1000).length);
    }),
  );
});
