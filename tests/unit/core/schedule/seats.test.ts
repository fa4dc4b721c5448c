import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Task } from '../../../../src/core/model/task.ts';
import { seatsOf } from '../../../../src/core/schedule/seats.ts';
import { spec } from '../rollout/spec.ts';

const NOW = 1_000_000;
const SPECS = [spec({ reserve: { memory: 1 } }), spec({ reserve: { memory: 2 } })];

const task = (slot: number, wish: Partial<Task> = {}): Task => ({
  id: `web-${slot}-${wish.node ?? 'a'}`,
  project: 'shop',
  service: 'web',
  slot,
  revision: 1,
  hash: 'h',
  node: 'a',
  address: '10.208.0.2',
  attempt: 0,
  phase: 'run',
  routed: true,
  assignedAt: NOW - 1_000,
  reason: '',
  ...wish,
});

const held = (tasks: readonly Task[], service: object | undefined = {}) =>
  seatsOf(
    {
      service: service && { replicas: 2, paused: false, removing: false, ...service },
      tasks,
      specOf: (revision) => SPECS[revision - 1],
    },
    NOW,
  ).map(({ node, slot, reserve }) => `${slot} ${node} ${reserve.memory}`);

const ended = (at: number, wanted: boolean) => ({ phase: 'ended' as const, end: { at, wanted, reason: '' } });

describe('a service holds', () => {
  it('what its tasks reserve, also of those that go, each by its own revision', () => {
    assert.deepEqual(held([task(1), task(2, { phase: 'stop', revision: 2 })]), ['1 a 1', '2 a 2']);
    assert.deepEqual(held([task(1), task(2, { phase: 'stop' })], { paused: true }), ['1 a 1', '2 a 1']);
  });

  it('the place of a task that ended by itself, while its slot is wanted and has no other', () => {
    const crashed = task(1, { node: 'b', ...ended(NOW, false) });
    assert.deepEqual(held([task(1, ended(NOW - 500, false)), crashed]), ['1 b 1']);
    assert.deepEqual(held([crashed, task(1)]), ['1 a 1']);
    for (const service of [{ replicas: 0 }, { paused: true }, { removing: true }])
      assert.deepEqual(held([crashed], service), []);
    assert.deepEqual(held([task(1, ended(NOW, true))]), []);
  });

  it('nothing for a release command, nor for what cannot be read', () => {
    assert.deepEqual(held([task(0, { release: {} })]), []);
    assert.deepEqual(held([task(1, { revision: 9 })]), []);
  });
});
