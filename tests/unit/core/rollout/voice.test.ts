import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import { DOWN_AFTER } from '../../../../src/core/nodes/liveness.ts';
import type { ObservedHealth, Sight, TaskView } from '../../../../src/core/rollout/observed.ts';
import { voiceOf } from '../../../../src/core/rollout/voice.ts';

const NOW = 1_000_000;

const health = (wish: Partial<ObservedHealth> = {}): ObservedHealth => ({
  task: 'web-1-a',
  container: 'c1',
  startedAt: engineTime(1),
  ready: true,
  wasReady: true,
  since: planeTime(1),
  heldSince: NOW - 1,
  passes: 2,
  misses: 0,
  ...wish,
});

const say = (
  wish: Partial<TaskView> = {},
  { port = 8080, ...task }: { port?: number; [key: string]: unknown } = {},
) => {
  const seen = { task: { routed: true, container: 'c1', ...task }, health: health(), ...wish } as TaskView;
  return voiceOf({} as Sight, seen, { port: port === 0 ? undefined : port }, NOW);
};

describe('what tells of a task whose engine cannot be read', () => {
  it('is the probe by the data plane of its node', () => {
    assert.equal(say().kind, 'serves');
    assert.equal(say({ health: health({ ready: false }) }).kind, 'silent');
  });

  it('is nothing where it has no port', () => {
    const voice = say({ health: undefined }, { port: 0 });
    assert.match(voice.kind === 'untold' ? voice.why : '', /no port/);
  });

  it('is the absence of that data plane, once it has lasted', () => {
    assert.equal(say({ ingressLostSince: NOW - DOWN_AFTER }).kind, 'silent');
    const since = NOW - DOWN_AFTER + 1;
    assert.deepEqual(say({ ingressLostSince: since }), {
      kind: 'untold',
      why: 'the data plane there is away',
      until: NOW + 1,
    });
  });

  it('is not the word of a data plane that has just begun to probe it', () => {
    const young = (heldSince: number) => say({ health: health({ ready: false, wasReady: false, heldSince }) });
    assert.equal(young(NOW - DOWN_AFTER + 1).kind, 'untold');
    assert.equal(young(NOW - DOWN_AFTER).kind, 'silent');
    assert.equal(say({ health: undefined }).kind, 'untold');
    assert.equal(say({ health: health({ container: 'c0' }) }).kind, 'untold');
  });

  it('is not needed where nothing runs, or nobody sends requests', () => {
    assert.equal(say({ health: undefined }, { container: undefined }).kind, 'silent');
    assert.equal(say({ health: undefined }, { routed: false }).kind, 'silent');
  });
});
