import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoff } from '../../../src/core/backoff.ts';

test('the first bad end is answered at once', () => {
  assert.equal(backoff(1, 'any'), 0);
});

test('then 1, 2, 4 ... 300 s, each shifted by at most 20 %', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.string(), (failures, seed) => {
      const middle = Math.min(300_000, 1_000 * 2 ** (failures - 2));
      assert.ok(Math.abs(backoff(failures, seed) - middle) <= middle * 0.2 + 1);
    }),
  );
});

test('different seeds come back at different times', () => {
  assert.notEqual(backoff(9, 'a'), backoff(9, 'b'));
});
