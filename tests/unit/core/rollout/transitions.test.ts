import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Task } from '../../../../src/core/model/task.ts';
import * as transition from '../../../../src/core/rollout/transitions.ts';

const task: Task = {
  id: 'web-1-a',
  project: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  hash: 'hash-1',
  node: 'local',
  address: '10.208.0.2',
  attempt: 0,
  phase: 'run',
  routed: false,
  assignedAt: 1,
  reason: 'web.1 is wanted',
};

const stop = { kind: 'stop' as const, task: 't', slot: 1, node: 'local', reason: 'it goes' };

describe('what steps write', () => {
  it('is the same when they are done twice', () => {
    const routed = transition.routed(task, undefined, 10);
    assert.equal(routed.routedAt, 10);
    assert.equal(transition.routed(routed, undefined, 20), routed);
    const unrouted = transition.unrouted(routed, 'it goes', 30);
    assert.equal(transition.unrouted(unrouted, 'it goes', 40), unrouted);
    const stopping = transition.stopping(routed, stop, 50);
    assert.deepEqual([stopping.phase, stopping.routed, stopping.unroutedAt], ['stop', false, 50]);
    assert.equal(transition.stopping(stopping, stop, 60), stopping);
    assert.equal(stopping.stoppingSince, 50);
    const end = { at: 70, wanted: true, reason: 'it goes' };
    const ended = transition.ended(stopping, end);
    assert.equal(transition.ended(ended, { ...end, at: 80 }), ended);
  });

  it('keeps when a task was first routed, however often it is routed again', () => {
    const unrouted = transition.unrouted(transition.routed(task, undefined, 10), 'it is not ready', 20);
    const again = transition.routed(unrouted, undefined, 30);
    assert.deepEqual([again.routedAt, again.firstRoutedAt], [30, 10]);
  });

  it('never moves a task backwards', () => {
    const ended = transition.ended(task, { at: 10, wanted: true, reason: 'it goes' });
    assert.equal(transition.stopping(ended, stop, 20), ended);
    assert.equal(transition.routed(ended, undefined, 20), ended);
    assert.equal(transition.routed({ ...task, phase: 'stop' }, undefined, 20).routed, false);
  });
});
