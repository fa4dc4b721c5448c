import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, type EngineTime, engineTime, forPeople, type PlaneTime, planeTime } from '../../../src/core/clock.ts';
import { isOver } from '../../../src/core/elapsed.ts';

/** Not run: tsc refuses each line, and would refuse the file if it took one. */
export function mixed(engine: EngineTime, plane: PlaneTime, now: number): readonly unknown[] {
  return [
    // @ts-expect-error: an engine's time is not the master's
    engine > now,
    // @ts-expect-error: nor can it be subtracted
    now - engine,
    // @ts-expect-error: nor be equal to one
    engine === now,
    // @ts-expect-error: nor to a data plane's
    engine === plane,
    // @ts-expect-error: which is not comparable with it
    engine < plane,
    // @ts-expect-error: nor with the master's
    Math.max(plane, now),
    // @ts-expect-error: nothing is over since another one's time
    isOver(plane, 1_000, now),
    // @ts-expect-error: a time that is missing does not make it a number
    (engine ?? 0) > now,
    // @ts-expect-error: a duration is between two times of one clock
    between(plane, engine),
    // @ts-expect-error: and not to one's own
    between(plane, now),
  ];
}

test('times of one clock may be equal, and a data plane’s have a time between them', () => {
  const [one, same] = [engineTime(5), engineTime(5)];
  assert.ok(one === same);
  assert.equal(between(planeTime(10), planeTime(25)), 15);
  assert.equal(between(planeTime(25), planeTime(10)), 0, 'its clock was set back');
  assert.equal(forPeople(engineTime(7)), 7);
});
