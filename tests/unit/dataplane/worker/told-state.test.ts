import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import { changeOf } from '../../../../src/core/route/list-change.ts';
import type { Table } from '../../../../src/core/route/table.ts';
import { changeBetween } from '../../../../src/core/route/table-change.ts';
import { createToldState } from '../../../../src/dataplane/worker/told-state.ts';

const table = (revision: number): Table => ({
  id: { cluster: 'c', term: 1, revision },
  pools: [],
  routes: [],
  targets: [],
});
const healthOf = (task: string) => ({
  task,
  container: `c-${task}`,
  startedAt: engineTime(1),
  ready: true,
  since: planeTime(1),
  passes: 2,
  misses: 0,
});

test('what is told as changes is whole again, and word of health alone brings no table', () => {
  const state = createToldState();
  const [a, b] = [healthOf('a'), healthOf('b')];
  assert.equal(state.take({ type: 'state', health: changeOf([], [a]) }), false);
  assert.deepEqual([state.table(), state.health()], [undefined, [a]]);
  assert.equal(state.take({ type: 'state', table: table(1), health: [] }), true);
  assert.equal(
    state.take({ type: 'state', change: changeBetween(table(1), table(2)), health: changeOf([a], [b]) }),
    true,
  );
  assert.deepEqual([state.table(), state.health()], [table(2), [b]]);
});

test('a worker that is told a change of what it does not have says so', () => {
  const change = changeBetween(table(1), table(2));
  const wrong = /what the supervisor tells has no beginning/;
  assert.throws(() => createToldState().take({ type: 'state', change, health: [] }), wrong);
  const health = changeOf([healthOf('a')], []);
  assert.throws(() => createToldState().take({ type: 'state', health }), wrong);
});
