import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { slotsOf } from '../../../../src/core/rollout/slots.ts';
import { hasReached, STAGES, type Stage } from '../../../../src/core/rollout/stage.ts';
import { begin, pass } from './passes.ts';
import { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const WISH = { replicas: 1, deploy: { minReady: 1_000, monitor: 0 } } as const;

const stageOfFirst = (world: Simulator): Stage | undefined => slotsOf(world.view(), 1, world.now)[0]?.stage;

/** The stages that the first slot goes through, each once. */
function stagesOf(world: Simulator, goal: Stage): readonly Stage[] {
  const seen: Stage[] = [];
  for (let n = 0; n < 200 && seen.at(-1) !== goal; n += 1) {
    const stage = stageOfFirst(world);
    if (stage && stage !== seen.at(-1)) seen.push(stage);
    pass(world);
  }
  return seen;
}

describe('the stage of a slot', () => {
  it('goes forward through all of them when an old task is replaced', () => {
    const world = begin(WISH);
    world.ackDelay = 600;
    world.deploy(spec(WISH), 'slow');
    const stages = stagesOf(world, 'switched');
    assert.deepEqual(stages, ['outdated', 'assigned', 'running', 'ready', 'settled', 'routed', 'switched']);
  });

  it('is vacant before there is a task and until its end is recorded, and completed when it was one that may run to its end', () => {
    const job = { ...WISH, restart: 'never', domains: [], routes: [], port: undefined } as const;
    const stages = stagesOf(new Simulator(spec(job), 'completes'), 'completed');
    assert.deepEqual(stages, ['vacant', 'assigned', 'vacant', 'completed']);
  });

  it('is not known while the engine cannot be read', () => {
    const world = begin(WISH);
    world.trouble({ kind: 'engine-away', pick: 0 });
    assert.equal(stageOfFirst(world), 'unread');
  });

  it('falls back when the task that serves hangs, and when a worker has not got it', () => {
    const world = begin(WISH);
    assert.equal(stageOfFirst(world), 'switched');
    world.trouble({ kind: 'hang', pick: 0 });
    assert.equal(stageOfFirst(world), 'running');
    const routed = begin(WISH);
    routed.acknowledged.publish(new Set(), [], routed.now, 10_000);
    routed.now += 6_000;
    assert.equal(stageOfFirst(routed), 'routed');
  });
});

it('a stage has reached itself and all before it, and none after it', () => {
  for (const [at, stage] of STAGES.entries()) {
    assert.deepEqual(
      STAGES.filter((goal) => hasReached(stage, goal)),
      STAGES.slice(0, at + 1),
    );
  }
});
