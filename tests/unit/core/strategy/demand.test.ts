import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planDeployment } from '../../../../src/core/rollout/plan-deployment.ts';
import { planSlots } from '../../../../src/core/rollout/plan-slots.ts';
import { slotsOf } from '../../../../src/core/rollout/slots.ts';
import type { Step } from '../../../../src/core/rollout/step.ts';
import type { Demand } from '../../../../src/core/strategy/demand.ts';
import { begin, TICK } from '../rollout/passes.ts';
import type { Simulator } from '../rollout/simulator.ts';
import { spec } from '../rollout/spec.ts';

const REPLICAS = 3;
const WISH = { replicas: REPLICAS, deploy: { monitor: 0 } } as const;
const ASIDE: Demand = { newWanted: REPLICAS, atOnce: REPLICAS, share: 0, oldStays: 'routed', then: 'switch' };

/** What the planner asks for on behalf of a deployment with this demand, over many passes. */
function bring(world: Simulator, demand: Demand, each: () => void = () => {}): readonly Step['kind'][] {
  const ofDeployment = new Set<Step['kind']>();
  for (let n = 0; n < 100; n += 1) {
    const view = world.view();
    const slots = slotsOf(view, REPLICAS, world.now);
    const { steps, waits } = planSlots(view, slots, demand, world.now);
    for (const { kind } of planDeployment(view, { slots, demand, waits }, world.now).steps) ofDeployment.add(kind);
    for (const step of steps) {
      world.apply(step);
      each();
    }
    world.pass(TICK);
  }
  return [...ofDeployment];
}

/** Slots in which tasks of a revision run, and those of them that are routed. */
function stands(world: Simulator, revision: number) {
  const tasks = [...world.tasks.values()].filter((task) => task.revision === revision && task.phase === 'run');
  const slots = (some: typeof tasks) => some.map(({ slot }) => slot).sort();
  return { runs: slots(tasks), routed: slots(tasks.filter(({ routed }) => routed)) };
}

const ALL = [1, 2, 3];

/** In the middle of a deployment, nothing of which has begun. */
function deploying(): Simulator {
  const world = begin(WISH);
  world.deploy(spec(WISH));
  world.pulled.add(2);
  return world;
}

describe('what a strategy demands', () => {
  it('may be a second set beside the first: it gets ready, and no request', () => {
    const world = deploying();
    const next = bring(world, ASIDE, () => assert.equal(world.covered(), REPLICAS));
    assert.deepEqual(stands(world, 1), { runs: ALL, routed: ALL });
    assert.deepEqual(stands(world, 2), { runs: ALL, routed: [] });
    assert.deepEqual(next, ['switched']);
  });

  it('may be the switch to it: the first set leaves the tables, never before its successors are in, and runs on', () => {
    const world = deploying();
    bring(world, ASIDE);
    const switched: Demand = { ...ASIDE, share: 1, oldStays: 'drained', then: 'succeed' };
    const next = bring(world, switched, () => assert.equal(world.covered(), REPLICAS));
    assert.deepEqual(stands(world, 1), { runs: ALL, routed: [] });
    assert.deepEqual(stands(world, 2), { runs: ALL, routed: ALL });
    assert.deepEqual(next, ['succeed']);
  });

  it('may be the end of the first set', () => {
    const world = deploying();
    bring(world, { ...ASIDE, share: 1, oldStays: 'no', then: 'succeed' });
    assert.deepEqual(stands(world, 1).routed, []);
    assert.deepEqual(stands(world, 2), { runs: ALL, routed: ALL });
  });

  it('may be some new tasks beside all old ones, for long, and none again', () => {
    const world = deploying();
    const some: Demand = { ...ASIDE, newWanted: 1, share: 1 };
    assert.deepEqual(bring(world, some), ['switched']);
    assert.deepEqual(stands(world, 1), { runs: ALL, routed: ALL });
    assert.deepEqual(stands(world, 2), { runs: [1], routed: [1] });
    bring(world, { ...some, newWanted: 0 });
    assert.deepEqual(stands(world, 1), { runs: ALL, routed: ALL });
    assert.deepEqual(stands(world, 2), { runs: [], routed: [] });
  });

  it('is not met by a set that is not ready', () => {
    const world = begin(WISH);
    world.deploy(spec(WISH), 'never-ready');
    world.pulled.add(2);
    assert.deepEqual(bring(world, ASIDE), []);
  });
});
