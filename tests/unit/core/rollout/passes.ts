import assert from 'node:assert/strict';
import type { Plan } from '../../../../src/core/rollout/plan-service.ts';
import { type Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';

export const TICK = 250;

/** One pass, as the controllers make it. */
export function pass(world: Simulator): Plan {
  const plan = world.plan();
  for (const step of plan.steps) world.apply(step);
  world.pass(TICK);
  return plan;
}

export function passes(world: Simulator, ms: number): void {
  for (const end = world.now + ms; world.now < end; ) pass(world);
}

export function until(world: Simulator, what: string, condition: () => boolean, limit = 4_000): void {
  for (let n = 0; !condition(); n += 1) {
    if (n >= limit) assert.fail(`${what} does not come: ${JSON.stringify(world.plan())}`);
    pass(world);
  }
}

export const settled = (world: Simulator): void => {
  until(world, 'an end', () => world.active() === undefined);
  passes(world, 5_000);
};

export const begin = (wish: Parameters<typeof spec>[0] = {}, how: Behaviour = 'good'): Simulator => {
  const world = new Simulator(spec(wish), how);
  settled(world);
  return world;
};

export const last = (world: Simulator) => world.deployments.get(world.deployments.size);
export const running = (world: Simulator) => [...world.tasks.values()].filter(({ phase }) => phase === 'run');
export const only = (world: Simulator) => {
  const [task] = running(world);
  assert.ok(task);
  return task;
};
