import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { often } from '../../../lab/often.ts';
import { begin, last, passes, settled, until } from './passes.ts';
import { type Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const RUNS = { numRuns: often(100, 'ORCA_PROPERTY_RUNS') };
const JOB = { restart: 'never', domains: [], routes: [], port: undefined } as const;

const ofRevision = (world: Simulator, revision: number) =>
  [...world.tasks.values()].filter((task) => task.revision === revision);

/** The newest container ends with an error. */
function exitsBadly(world: Simulator): void {
  const box = [...world.boxes.values()].at(-1);
  assert.ok(box);
  box.view = { ...box.view, state: 'exited', exitCode: 1, finishedAt: world.engineNow() };
}

describe('a service that may run to its end', () => {
  for (const restart of ['never', 'on-failure'] as const) {
    it(`is run once in each slot when it replaces one that runs (restart: ${restart})`, () => {
      const wish = { ...JOB, restart, replicas: 3 };
      const world = begin(wish);
      world.deploy(spec(wish), 'completes');
      settled(world);
      assert.equal(last(world)?.state, 'succeeded');
      assert.equal(ofRevision(world, 2).length, 3);
    });
  }

  it('is tried again by another deployment after it has failed, at once', () => {
    const world = new Simulator(spec(JOB));
    until(world, 'a container', () => world.boxes.size === 1);
    exitsBadly(world);
    settled(world);
    assert.equal(last(world)?.state, 'failed');
    const [failed, at] = [world.tasks.size, world.now];
    world.deploy(spec(JOB), 'good', world.revisions.get(1)?.hash);
    until(world, 'a task', () => world.tasks.size > failed);
    assert.ok(world.now - at < 3_000);
    settled(world);
    assert.equal(last(world)?.state, 'succeeded');
  });

  it('is run again when it is deployed again after another, or while it is stopped; not by an update', () => {
    const world = begin(JOB, 'completes');
    const hash = world.revisions.get(1)?.hash;
    world.deploy(spec(JOB), 'completes');
    settled(world);
    const count = () => {
      const before = world.tasks.size;
      world.deploy(spec(JOB), 'completes', hash);
      settled(world);
      assert.equal(last(world)?.state, 'succeeded');
      return world.tasks.size - before;
    };
    assert.equal(count(), 1);
    assert.equal(count(), 0);
    world.service = { ...world.service, paused: true };
    passes(world, 5_000);
    assert.equal(count(), 1);
  });

  it('is gone back to at once: that it has run is enough', () => {
    const world = begin(JOB, 'completes');
    world.deploy(spec({ ...JOB, restart: 'always' }), 'exits');
    const begun = world.now;
    until(world, 'an end', () => world.active() === undefined);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.ok(world.now - begun < 10_000);
    passes(world, 60_000);
    assert.equal(ofRevision(world, 1).length, 1);
  });

  it('never keeps a deployment from ending, whatever came before', () => {
    const wish = fc.record({
      replicas: fc.integer({ min: 1, max: 3 }),
      restart: fc.constantFrom<('never' | 'on-failure' | 'always')[]>('never', 'on-failure', 'always'),
      routed: fc.boolean(),
    });
    const how = fc.constantFrom<Behaviour>('completes', 'completes', 'good', 'exits');
    const deploys = fc.array(fc.record({ wish, how, waits: fc.integer({ min: 1, max: 20_000 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(deploys, (list) => {
        let world: Simulator | undefined;
        for (const {
          wish: { replicas, restart, routed },
          how: asked,
          waits,
        } of list) {
          const wanted = { replicas, restart, deploy: { deadline: 20_000 } };
          const made = spec(routed ? wanted : { ...JOB, ...wanted });
          const behaves = restart === 'always' && asked === 'completes' ? 'good' : asked;
          if (world) world.deploy(made, behaves);
          else world = new Simulator(made, behaves);
          passes(world, waits);
        }
        assert.ok(world);
        passes(world, 60_000);
        if (world.active() !== undefined) assert.fail(JSON.stringify(world.plan()));
        const isGood = world.behaviours.get(last(world)?.to ?? 0) !== 'exits';
        if (isGood) assert.equal(last(world)?.state, 'succeeded');
      }),
      RUNS,
    );
  });
});
