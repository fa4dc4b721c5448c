import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../../lab/often.ts';
import { TICK } from './passes.ts';
import { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const RUNS = { numRuns: often(100, 'ORCA_PROPERTY_RUNS') };

const kind = fc.constantFrom('canary', 'rolling', 'blue-green');
type Strategy = typeof kind extends fc.Arbitrary<infer T> ? T : never;

const specOf = (strategy: Strategy, replicas: number) =>
  spec({
    replicas,
    deploy: {
      strategy,
      parallelism: 1,
      minReady: 0,
      monitor: 1_000,
      deadline: 20_000,
      ...(strategy === 'canary' && { canary: { steps: [5, 50], by: 'request' } }),
    },
  });

/** What the tasks of the replaced canary are to get beside a task of what served before it, of each table in use. */
function assertNothingForIt(world: Simulator): void {
  const of = (id: string) => world.tasks.get(id);
  for (const { shares } of world.acknowledged.tables.slice(-2)) {
    const served = shares.flatMap(({ targets }) => targets).filter((id) => of(id)?.hash === 'hash-1');
    const slots = new Set(served.map((id) => of(id)?.slot));
    for (const { weight, targets } of shares) {
      const left = targets.filter((id) => of(id)?.hash === 'tried' && slots.has(of(id)?.slot ?? 0));
      assert.ok(left.length === 0 || weight === 0, `${left} beside ${served}: ${JSON.stringify(shares)}`);
    }
  }
}

test('a replaced canary, killed between any two steps: it gets no request that the old tasks could answer, and no slot is without one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      kind,
      fc.constantFrom('good', 'slow', 'never-ready'),
      fc.array(fc.record({ passes: fc.nat(20), killedAfter: fc.nat(4) }), { maxLength: 6 }),
      (replicas, strategy, behaviour, kills) => {
        const world = new Simulator(specOf('rolling', replicas), 'good');
        let check = () => assert.ok(true);
        const pass = () => {
          for (const step of world.plan().steps) {
            world.apply(step);
            check();
          }
          world.pass(TICK);
          check();
        };
        const until = (condition: () => boolean) => {
          for (let n = 0; !condition(); n += 1) {
            if (n >= 8_000) assert.fail(`does not come: ${JSON.stringify([world.plan(), world.active()])}`);
            pass();
          }
        };
        until(() => world.active() === undefined);
        world.deploy(specOf('canary', replicas), 'good', 'tried');
        until(() => world.active()?.state === 'paused');
        world.deploy(specOf(strategy, replicas), behaviour, 'next');
        world.publish();
        world.pass(world.ackDelay);
        world.acknowledged.tables = world.acknowledged.tables.slice(-1);
        check = () => {
          assertNothingForIt(world);
          assert.ok(world.covered() >= replicas, `${world.covered()} of ${replicas}`);
          assert.deepEqual(world.cut(), []);
        };
        for (const { passes, killedAfter } of kills) {
          for (let n = 0; n < passes; n += 1) pass();
          const { steps } = world.plan();
          for (const step of steps.slice(0, killedAfter)) world.apply(step);
          const cut = steps[killedAfter];
          if (cut) world.apply(cut, 'store');
          check();
          world.restartMaster(1_000);
          check();
        }
        until(() => world.active() === undefined || world.active()?.state === 'paused');
        until(() => [...world.boxes.keys()].every((id) => world.tasks.get(id)?.hash !== 'tried'));
      },
    ),
    RUNS,
  );
});
