import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHeardLists } from '../../../../src/controllers/ingress/heard-lists.ts';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import { readFromDataPlane } from '../../../../src/core/route/messages.ts';
import type { FromDataPlane } from '../../../../src/core/route/protocol.ts';
import { createToldLists } from '../../../../src/dataplane/supervisor/told-lists.ts';

const statsOf = (task: string, requests: number) => ({
  task,
  inflight: 0,
  streams: 0,
  requests,
  errors: 0,
  failed: 0,
});
const healthOf = (task: string, passes: number) => ({
  task,
  container: `c-${task}`,
  startedAt: engineTime(1),
  ready: passes > 1,
  since: planeTime(1),
  passes,
  misses: 0,
});
const COUNTS = [0, 1, 2];
const TASKS = ['a', 'b', 'c'];
const stats = TASKS.flatMap((task) => COUNTS.map((count) => statsOf(task, count)));
const health = TASKS.flatMap((task) => COUNTS.map((count) => healthOf(task, count)));
const of = <T extends { readonly task: string }>(all: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...all), { selector: ({ task }) => task });
const message: fc.Arbitrary<FromDataPlane> = fc.oneof(
  of(stats).map((targets) => ({ type: 'stats' as const, targets })),
  of(health).map((targets) => ({ type: 'health' as const, targets, at: planeTime(5) })),
  fc.constant({ type: 'workers' as const, workers: [] }),
);

test('a master that takes changes hears what it would have been told whole, but for what is no news', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
      const told = createToldLists();
      const heard = createHeardLists();
      const last = new Map<string, FromDataPlane>();
      for (const one of messages) {
        const next = told.next(one);
        if (next === undefined) assert.deepEqual(last.get(one.type), one, 'it was no news');
        else {
          const read = readFromDataPlane(JSON.stringify(next));
          assert.deepEqual(read && heard.whole(read), one);
        }
        last.set(one.type, one);
      }
    }),
  );
});

test('a target that is as it was is the same object when others change', () => {
  const heard = createHeardLists();
  const [first, second] = [statsOf('a', 1), statsOf('b', 1)];
  heard.whole({ type: 'stats', targets: [first, second] });
  const change = [{ at: 1, removed: 1, added: [statsOf('b', 2)] }];
  const whole = heard.whole({ type: 'stats-change', change });
  assert.ok(whole?.type === 'stats');
  assert.equal(whole.targets[0], first);
});

test('a change of what was never told is no message', () => {
  assert.equal(createHeardLists().whole({ type: 'stats-change', change: [] }), undefined);
  assert.equal(createHeardLists().whole({ type: 'health-change', change: [], at: planeTime(1) }), undefined);
});
