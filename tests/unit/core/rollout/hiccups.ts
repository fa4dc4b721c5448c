import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TICK } from './passes.ts';
import type { Simulator } from './simulator.ts';
import type { Trouble } from './trouble.ts';

/** What costs nothing: time, a kill -9 after up to `most` steps of a pass, another master, a data plane that is late or away. */
export const hiccups = (most: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ passes: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 4, arbitrary: fc.record({ killedAfter: fc.nat(most) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        trouble: fc.record({
          kind: fc.constantFrom('server-away', 'ack-slow', 'ack-quick', 'ingress-away', 'ingress-back'),
          pick: fc.nat(3),
        }) as fc.Arbitrary<Trouble>,
      }),
    },
  );
export type Hiccup = ReturnType<typeof hiccups> extends fc.Arbitrary<infer T> ? T : never;

/** Called after each step. */
export type Check = (world: Simulator) => void;

export function pass(world: Simulator, check: Check): void {
  for (const step of world.plan().steps) {
    world.apply(step);
    check(world);
  }
  world.pass(TICK);
  check(world);
}

export function until(world: Simulator, check: Check, condition: () => boolean): void {
  for (let n = 0; !condition(); n += 1) {
    if (n >= 4_000) assert.fail(`does not come: ${JSON.stringify([world.plan(), world.active()])}`);
    pass(world, check);
  }
}

export function endure(world: Simulator, act: Hiccup, check: Check): void {
  if ('passes' in act) for (let i = 0; i < act.passes; i += 1) pass(world, check);
  if ('trouble' in act) world.trouble(act.trouble);
  if ('killedAfter' in act) {
    const { steps } = world.plan();
    for (const step of steps.slice(0, act.killedAfter)) {
      world.apply(step);
      check(world);
    }
    const cut = steps[act.killedAfter];
    if (cut) world.apply(cut, 'store');
    world.restartMaster(1_000);
  }
  check(world);
}
