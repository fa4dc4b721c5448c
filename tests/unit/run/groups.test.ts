import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blamed } from '../../run/blamed.ts';
import { filesIn, groupText, inGroups } from '../../run/groups.ts';
import type { Result } from '../../run/record.ts';

const unit = (n: number): string => `tests/unit/core/${n}.test.ts`;
const units = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => unit(n));
const none = (): boolean => false;

describe('test files that share a process', () => {
  it('are small unit tests, a dozen a process, in their order, each once', () => {
    const [first = [], second = [], ...more] = inGroups(units(20), none);
    assert.deepEqual([first.length, second.length, more], [12, 8, []]);
    assert.deepEqual([...first, ...second], units(20));
  });

  it('are not those that take long, have properties, watch the process, or are of another suite', () => {
    const alone = [
      'tests/unit/api/fuzz/fuzz.test.ts',
      'tests/unit/core/rollout/order.property.test.ts',
      'tests/cluster/killed.test.ts',
      'tests/e2e/server.test.ts',
      unit(7),
    ];
    assert.deepEqual(
      inGroups([unit(0), ...alone, unit(1)], (file) => file === unit(7)),
      [[unit(0), unit(1)], ...alone.map((file) => [file])],
    );
  });

  it('are written down where they can be read again', () => {
    assert.deepEqual(filesIn(groupText(['a (1).test.ts', 'b.test.ts'])), ['a (1).test.ts', 'b.test.ts']);
  });
});

describe('a process that several files shared', () => {
  const groups = new Map([['0.group.mjs', ['a', 'b', 'c']]]);
  const test = (file: string, name: string, outcome: Result['outcome'] = 'passed'): Result => ({ file, name, outcome });
  const end = (file: string) => test(file, file, 'suite');
  const failedOf = (results: readonly Result[]) =>
    blamed(results, groups)
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ file }) => file);

  it('that got through all of them adds nothing', () => {
    const results = [end('a'), test('b', 'one', 'failed'), end('b'), end('c'), test('d', 'other')];
    assert.deepEqual(blamed(results, groups), results);
  });

  it('that ended on the way has failed in the file where it was, and in those behind', () => {
    assert.deepEqual(failedOf([end('a'), test('b', 'one')]), ['b', 'c']);
    assert.deepEqual(failedOf([end('a'), test('b', 'one'), test('0.group.mjs', '0.group.mjs', 'failed')]), ['b', 'c']);
  });

  it('that ended badly behind the last, or before the first, has failed in each', () => {
    const ended = test('0.group.mjs', '0.group.mjs', 'failed');
    assert.deepEqual(failedOf([end('a'), end('b'), end('c'), ended]), ['a', 'b', 'c']);
    assert.deepEqual(failedOf([ended]), ['a', 'b', 'c']);
  });

  it('that did not begin, as the suite ran out of time, is not told of', () => {
    assert.deepEqual(failedOf([test('d', 'other')]), []);
  });
});
