import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OrcaError } from '../../../../src/core/errors.ts';
import { tasksFor } from '../../../../src/core/strategy/canary.ts';
import { often } from '../../../lab/often.ts';
import { endure, hiccups, pass, until } from './hiccups.ts';
import { type Behaviour, Simulator } from './simulator.ts';
import type { Skew } from './skew.ts';
import { spec } from './spec.ts';
import { promote, rollback } from './steer.ts';
import { heal, type Trouble } from './trouble.ts';

const RUNS = { numRuns: often(80, 'ORCA_PROPERTY_RUNS') };

const ahead = fc.constantFrom(0, 500, -500, 90_000, -90_000);
const wish = fc.record({
  replicas: fc.integer({ min: 1, max: 5 }),
  parallelism: fc.integer({ min: 1, max: 3 }),
  steps: fc.constantFrom([5, 25, 50], [1], [50, 99]),
  minReady: fc.constantFrom<number[]>(0, 2_000),
  monitor: fc.constantFrom<number[]>(0, 5_000),
  skew: fc.record({ engine: ahead, plane: ahead, isSilent: fc.boolean() }),
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

const specOf = ({ replicas, parallelism, steps, minReady, monitor }: Wish) =>
  spec({
    replicas,
    deploy: { strategy: 'canary', canary: { steps, by: 'client' }, parallelism, minReady, monitor },
  });

const hiccup = hiccups(8);

/** What a user does meanwhile; where it is refused nothing happens. */
const decision = fc.constantFrom('step', 'promote', 'rollback', 'scale-up', 'scale-down');
type Decision = typeof decision extends fc.Arbitrary<infer T> ? T : never;

function decide(world: Simulator, what: Decision): void {
  const { replicas } = world.service;
  try {
    if (what === 'step') promote(world, true);
    if (what === 'promote') promote(world, false);
    if (what === 'rollback') rollback(world);
  } catch (error) {
    if (!(error instanceof OrcaError)) throw error;
  }
  if (what === 'scale-up') scale(world, replicas + 2);
  if (what === 'scale-down') scale(world, Math.max(1, replicas - 1));
}

const scale = (world: Simulator, replicas: number): void => {
  const { spec: now } = world.revisions.get(world.service.revision) ?? {};
  world.service = { ...world.service, replicas, scaledFrom: replicas === now?.replicas ? undefined : now?.replicas };
};

const begin = (first: Wish): Simulator => {
  const world = new Simulator(specOf(first), 'good', first.skew as Skew);
  until(
    world,
    () => undefined,
    () => world.active() === undefined,
  );
  return world;
};

const live = (world: Simulator, hash: string) =>
  [...world.tasks.values()].filter((task) => task.hash === hash && task.phase === 'run' && world.answers(task.id));

/** The shares that every worker uses. */
const weights = (world: Simulator) => world.acknowledged.tables.at(-1)?.shares.map(({ weight }) => weight);

test('killed anywhere, every step is reached with its tasks and its share, and no request finds fewer slots than are wanted', () => {
  fc.assert(
    fc.property(wish, fc.array(hiccup, { maxLength: 8 }), fc.array(hiccup, { maxLength: 4 }), (first, acts, more) => {
      const world = begin(first);
      const check = () => {
        assert.ok(world.covered() >= first.replicas, `${world.covered()} of ${first.replicas}`);
        assert.deepEqual(world.cut(), []);
      };
      world.deploy(specOf(first), 'good', 'new');
      for (const act of acts) endure(world, act, check);
      for (const [at, weight] of first.steps.entries()) {
        heal(world);
        until(world, check, () => world.active()?.state === 'paused');
        const stands = () => {
          const { step, weight: now } = world.active()?.canary ?? {};
          assert.deepEqual([step, now], [at + 1, weight]);
          assert.equal(live(world, 'new').length, tasksFor(weight, first.replicas));
          assert.equal(live(world, 'hash-1').length, first.replicas);
          assert.deepEqual(weights(world), [100 - weight, weight]);
        };
        stands();
        for (const act of more) endure(world, act, check);
        heal(world);
        until(world, check, () => world.plan().steps.length === 0);
        assert.equal(world.active()?.state, 'paused');
        stands();
        promote(world, true);
      }
      until(world, check, () => world.active() === undefined);
      assert.equal(world.deployments.get(2)?.state, 'succeeded');
      until(world, check, () => world.boxes.size === first.replicas);
      assert.equal(live(world, 'new').length, first.replicas);
    }),
    RUNS,
  );
});

test('whatever a user decides in the middle, it ends as one version, whole, and no slot is ever without a task that serves', () => {
  const act = fc.oneof({ weight: 3, arbitrary: hiccup }, { weight: 2, arbitrary: fc.record({ decision }) });
  fc.assert(
    fc.property(wish, fc.array(act, { maxLength: 14 }), (first, acts) => {
      const world = begin(first);
      let floor = first.replicas;
      const check = () => {
        assert.ok(world.covered() >= floor, `${world.covered()} of ${floor}`);
        assert.deepEqual(world.cut(), []);
      };
      world.deploy(specOf(first), 'good', 'new');
      for (const each of acts) {
        if ('decision' in each) decide(world, each.decision);
        else endure(world, each, check);
        floor = Math.min(floor, world.service.replicas);
      }
      heal(world);
      until(world, check, () => world.active() === undefined || world.active()?.state === 'paused');
      if (world.active()) promote(world, false);
      until(world, check, () => world.active() === undefined);
      const { state } = world.deployments.get(2) ?? {};
      until(world, check, () => world.plan().steps.length === 0 && world.boxes.size === world.service.replicas);
      const [serves, gone] = state === 'succeeded' ? ['new', 'hash-1'] : ['hash-1', 'new'];
      assert.ok(state === 'succeeded' || state === 'rolled-back', state);
      assert.equal(live(world, serves).length, world.service.replicas);
      assert.equal(live(world, gone).length, 0);
    }),
    RUNS,
  );
});

test('old tasks that die while both sets serve are filled from the old revision, and the canary stays where it was', () => {
  const death = fc.record({ kind: fc.constantFrom('kill', 'remove', 'crash'), pick: fc.nat(20) });
  fc.assert(
    fc.property(wish, fc.array(death, { minLength: 1, maxLength: 4 }), (first, deaths) => {
      const world = begin(first);
      world.deploy(specOf(first), 'good', 'new');
      until(
        world,
        () => undefined,
        () => world.active()?.state === 'paused',
      );
      const fresh = live(world, 'new').map(({ id }) => id);
      for (const { kind, pick } of deaths) {
        const old = [...world.boxes.keys()].filter((id) => world.tasks.get(id)?.hash === 'hash-1');
        const at = [...world.boxes.keys()].indexOf(old[pick % old.length] ?? '');
        if (at >= 0) world.trouble({ kind: kind as Trouble['kind'], pick: at });
        pass(world, () => undefined);
      }
      until(
        world,
        () => undefined,
        () => live(world, 'hash-1').filter(({ routed }) => routed).length === first.replicas,
      );
      until(
        world,
        () => undefined,
        () => world.plan().steps.length === 0,
      );
      assert.equal(world.active()?.state, 'paused');
      assert.deepEqual(
        live(world, 'new').map(({ id }) => id),
        fresh,
      );
      assert.ok(live(world, 'hash-1').every(({ revision }) => revision === 1));
    }),
    RUNS,
  );
});

test('a canary that fails leaves the old set whole, and never less of it than was wanted', () => {
  const bad = fc.constantFrom<Behaviour>('never-ready', 'exits', 'turns-bad');
  fc.assert(
    fc.property(wish, bad, fc.array(hiccup, { maxLength: 6 }), (first, how, acts) => {
      const world = begin(first);
      const check = () => {
        const old = [...world.tasks.values()].filter((task) => task.hash === 'hash-1' && task.routed);
        assert.equal(old.length, first.replicas);
      };
      world.deploy(specOf({ ...first, minReady: 0 }), how, 'new');
      for (const act of acts) endure(world, act, check);
      heal(world);
      until(world, check, () => world.active() === undefined);
      assert.equal(world.deployments.get(2)?.state, 'rolled-back');
      until(world, check, () => world.boxes.size === first.replicas);
      assert.equal(world.service.revision, 1);
    }),
    RUNS,
  );
});
