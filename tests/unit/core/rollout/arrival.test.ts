import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import type { ContainerView } from '../../../../src/core/model/container.ts';
import { seenContainer, toldHealth } from '../../../../src/core/rollout/arrival.ts';

const view: ContainerView = {
  id: 'c1',
  name: 'web-1-a',
  labels: {},
  state: 'running',
  startedAt: engineTime(90_000),
  oomKilled: false,
  restarts: 0,
};

test('a container seen again keeps its stamps; another state, start or container is stamped anew', () => {
  const first = seenContainer(view, undefined, 10);
  assert.deepEqual([first.startSeenAt, first.stateSince], [10, 10]);
  const stamps = (next: Partial<ContainerView>) => {
    const { startSeenAt, stateSince } = seenContainer({ ...view, ...next }, first, 20);
    return [startSeenAt, stateSince];
  };
  assert.deepEqual(stamps({}), [10, 10]);
  assert.deepEqual(stamps({ state: 'exited' }), [10, 20]);
  assert.deepEqual(stamps({ startedAt: engineTime(80_000) }), [20, 20], 'also an earlier one by its own clock');
  assert.deepEqual(stamps({ id: 'c2' }), [20, 20]);
  assert.deepEqual(stamps({ startedAt: undefined, state: 'created' }), [undefined, 20]);
});

test('how the run before ended is kept while the next one runs, whoever told its code', () => {
  const finishedAt = engineTime(95_000);
  const died = seenContainer({ ...view, state: 'restarting', finishedAt, exitCode: 3 }, undefined, 10);
  assert.deepEqual(died.lastEnd, { finishedAt, exitCode: 3, oomKilled: false, seenAt: 10 });
  const again = { ...view, startedAt: engineTime(96_000), finishedAt };
  assert.deepEqual(seenContainer(again, died, 20).lastEnd, died.lastEnd);
  assert.equal(seenContainer(again, undefined, 20, 3).lastEnd?.exitCode, 3, 'by an event alone');
  const found = seenContainer({ ...again, oomKilled: true }, undefined, 20);
  assert.deepEqual(found.lastEnd, { finishedAt, exitCode: undefined, oomKilled: true, seenAt: 20 });
  assert.equal(seenContainer(again, found, 30, 3).lastEnd?.exitCode, 3, 'by an event that comes later');
  assert.equal(seenContainer({ ...again, finishedAt: engineTime(99_000) }, died, 40).lastEnd?.exitCode, undefined);
  assert.equal(seenContainer(view, undefined, 10).lastEnd, undefined);
});

test('health told again keeps its stamp; what has changed is as old as its data plane says', () => {
  const since = planeTime(1_000_000);
  const told = { task: 't', container: 'c1', startedAt: engineTime(1), ready: true, since, passes: 2, misses: 0 };
  const first = toldHealth(told, undefined, planeTime(1_000_400), 5_000);
  assert.equal(first.heldSince, 4_600);
  assert.equal(toldHealth({ ...told, misses: 1 }, first, planeTime(1_000_900), 5_500).heldSince, 4_600);
  const turned = { ...told, ready: false, since: planeTime(1_000_800) };
  assert.equal(toldHealth(turned, first, planeTime(1_000_900), 5_500).heldSince, 5_400);
  assert.equal(toldHealth({ ...told, startedAt: engineTime(2) }, first, undefined, 5_500).heldSince, 5_500);
  assert.equal(toldHealth({ ...told, since: planeTime(2_000_000) }, first, since, 5_500).heldSince, 5_500);
});
