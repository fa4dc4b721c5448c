import assert from 'node:assert/strict';
import { it } from 'node:test';
import { slowest } from '../../run/slowest.ts';

const took = (file: string, seconds: number) => ({ file, name: 'one', outcome: 'passed', took: seconds }) as const;

it('tells what took long or computed much, what computed most first, and the sum of all', () => {
  const results = [took('waits.test.ts', 30), took('waits.test.ts', 20), took('short.test.ts', 9)];
  const cpu = new Map([
    ['waits.test.ts', 5],
    ['computes', 20],
    ['short.test.ts', 9],
  ]);
  assert.deepEqual(slowest(results, cpu), [
    '     0 s,     20 s of CPU  computes',
    '    50 s,      5 s of CPU  waits.test.ts',
    '    34 s of CPU  in all',
  ]);
});

it('tells what took long where no CPU is counted', () => {
  assert.deepEqual(slowest([took('a.test.ts', 12)], new Map()), ['    12 s,      0 s of CPU  a.test.ts']);
});
