import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DeploySpec } from '../../../../src/core/model/service-spec.ts';
import { often } from '../../../lab/often.ts';
import { endure, hiccups, until } from './hiccups.ts';
import { type Behaviour, Simulator } from './simulator.ts';
import type { Skew } from './skew.ts';
import { spec } from './spec.ts';

const RUNS = { numRuns: often(100, 'ORCA_PROPERTY_RUNS') };

const ahead = fc.constantFrom(0, 500, -500, 90_000, -90_000, 86_400_000, -86_400_000);
const wish = fc.record({
  replicas: fc.integer({ min: 1, max: 5 }),
  minReady: fc.constantFrom<number[]>(0, 2_000),
  monitor: fc.constantFrom<number[]>(0, 5_000),
  keep: fc.constantFrom<number[]>(0, 60_000, 600_000),
  skew: fc.record({ engine: ahead, plane: ahead, isSilent: fc.boolean() }),
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

const specOf = ({ replicas, minReady, monitor, keep }: Wish, strategy: DeploySpec['strategy'] = 'blue-green') =>
  spec({ replicas, deploy: { strategy, minReady, monitor, keep } });

const hiccup = hiccups(12);

const begin = (first: Wish, strategy?: DeploySpec['strategy']): Simulator => {
  const world = new Simulator(specOf(first, strategy), 'good', first.skew as Skew);
  until(world, check, () => world.active() === undefined);
  return world;
};

function heal(world: Simulator): void {
  for (const kind of ['ingress-back', 'ack-quick'] as const) world.trouble({ kind, pick: 0 });
}

/** Every table has tasks of one revision alone, and nothing is stopped that one in use routes to. */
function check(world: Simulator): void {
  for (const { routed } of world.acknowledged.tables) {
    const hashes = new Set([...routed].map((id) => world.tasks.get(id)?.hash));
    assert.ok(hashes.size <= 1, `a table has tasks of ${[...hashes].join(' and ')}`);
  }
  assert.deepEqual(world.cut(), []);
}

const ofHash = (world: Simulator, hash: string) =>
  [...world.tasks.values()].filter((task) => task.hash === hash && task.phase === 'run');

test('no table ever mixes the two sets, every slot is served all the time: forward, in failures, superseded, killed anywhere', () => {
  const next = fc.record({
    how: fc.constantFrom<Behaviour>('good', 'slow', 'never-ready', 'exits'),
    acts: fc.array(hiccup, { maxLength: 8 }),
  });
  fc.assert(
    fc.property(wish, fc.array(next, { minLength: 1, maxLength: 3 }), (first, deploys) => {
      const world = begin(first);
      const served = () => assert.equal(world.covered(), first.replicas);
      for (const { how, acts } of deploys) {
        world.deploy(specOf(first), how);
        for (const act of acts) {
          endure(world, act, check);
          served();
        }
      }
      heal(world);
      until(world, check, () => {
        served();
        return world.active() === undefined;
      });
    }),
    RUNS,
  );
});

test('a set that turns bad while it is watched is switched from as one, and the old one serves again', () => {
  fc.assert(
    fc.property(wish, fc.array(hiccup, { maxLength: 3 }), (first, acts) => {
      const world = begin({ ...first, minReady: 0, monitor: 5_000 });
      const old = ofHash(world, 'hash-1').map(({ id }) => id);
      world.deploy(specOf({ ...first, minReady: 0, monitor: 5_000 }), 'turns-bad');
      for (const act of acts) endure(world, act, check);
      heal(world);
      until(world, check, () => world.active() === undefined);
      assert.equal(world.deployments.get(2)?.state, 'rolled-back');
      until(world, check, () => world.boxes.size === first.replicas);
      assert.deepEqual(
        ofHash(world, 'hash-1').map(({ id }) => id),
        old,
        'nothing was started for it',
      );
      assert.equal(world.covered(), first.replicas);
    }),
    RUNS,
  );
});

test('whatever strategy brings the kept revision back, its tasks are switched to as one, and none is started', () => {
  fc.assert(
    fc.property(
      wish,
      fc.constantFrom<DeploySpec['strategy'][]>('rolling', 'blue-green'),
      fc.array(hiccup, { maxLength: 8 }),
      (first, strategy, acts) => {
        const world = begin({ ...first, keep: 86_400_000 }, strategy);
        const old = ofHash(world, 'hash-1').map(({ id }) => id);
        world.deploy(specOf({ ...first, keep: 86_400_000 }));
        until(world, check, () => world.active() === undefined);
        assert.equal(world.deployments.get(2)?.state, 'succeeded');
        const kept = ofHash(world, 'hash-1');
        assert.deepEqual(
          kept.map(({ id, routed }) => [id, routed]),
          old.map((id) => [id, false]),
        );
        world.deploy(specOf(first, strategy), 'good', 'hash-1');
        for (const act of acts) {
          endure(world, act, check);
          assert.equal(world.covered(), first.replicas);
        }
        heal(world);
        until(world, check, () => world.active() === undefined);
        assert.equal(world.deployments.get(3)?.state, 'succeeded');
        assert.deepEqual(
          ofHash(world, 'hash-1').map(({ id, routed }) => [id, routed]),
          old.map((id) => [id, true]),
        );
      },
    ),
    RUNS,
  );
});
