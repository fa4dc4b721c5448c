import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keptLines, timeOfDay } from '../../../cli/output/kept.ts';
import { task } from './samples.ts';

const UNTIL = new Date(2026, 10, 30, 17, 5).getTime();

it('status tells a kept set in one line, with its revision and the time of day at which it goes', () => {
  const kept = { revision: 3, routed: false, kept_until: UNTIL };
  const tasks = [task(), task({ ...kept, slot: 1 }), task({ ...kept, slot: 2, kept_until: UNTIL - 2_000 })];
  assert.deepEqual(keptLines(tasks), [
    '2 tasks of revision 3 kept until 17:05: `orca rollback --to 3` switches back at once',
  ]);
  assert.deepEqual(keptLines([task()]), []);
  assert.equal(timeOfDay(UNTIL), '17:05');
});
