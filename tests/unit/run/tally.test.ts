import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Result } from '../../run/record.ts';
import { failedFiles, tally } from '../../run/tally.ts';

const test = (file: string, name: string, outcome: Result['outcome']): Result => ({ file, name, outcome });
const first = [
  test('a.test.ts', 'one', 'passed'),
  test('b.test.ts', 'two', 'failed'),
  test('b.test.ts', 'three', 'passed'),
  test('b.test.ts', 'suite', 'suite'),
  test('c.test.ts', 'four', 'skipped'),
  test('d.test.ts', 'five', 'failed'),
];

describe('the count of a suite', () => {
  it('is of tests, not of suites', () => {
    assert.deepEqual(tally(first, new Map()), { passed: 2, failed: 2, skipped: 1, unsteady: [] });
  });

  it('names the files to run once more', () => {
    assert.deepEqual(failedFiles([...first, test('b.test.ts', 'six', 'failed')]), ['b.test.ts', 'd.test.ts']);
  });

  it('takes the second run of a file for the first, and names what passed only then', () => {
    const again = new Map([
      ['b.test.ts', [test('b.test.ts', 'two', 'passed'), test('b.test.ts', 'three', 'passed')]],
      ['d.test.ts', [test('d.test.ts', 'five', 'failed')]],
    ]);
    assert.deepEqual(tally(first, again), {
      passed: 3,
      failed: 1,
      skipped: 1,
      unsteady: ['unsteady: b.test.ts: two'],
    });
  });

  it('takes a second run that told nothing for no run', () => {
    assert.equal(tally(first, new Map([['b.test.ts', []]])).failed, 2);
  });

  it('does not let a second run hide what fails in it only', () => {
    const again = new Map([['b.test.ts', [test('b.test.ts', 'two', 'passed'), test('b.test.ts', 'three', 'failed')]]]);
    const { failed, unsteady } = tally(first, again);
    assert.deepEqual([failed, unsteady], [2, []]);
  });
});
