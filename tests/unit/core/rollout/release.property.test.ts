import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../../lab/often.ts';
import { endure, hiccups, until } from './hiccups.ts';
import type { ReleaseBehaviour } from './release-commands.ts';
import { Simulator } from './simulator.ts';
import { spec } from './spec.ts';
import { heal, type Trouble } from './trouble.ts';

const RUNS = { numRuns: often(100, 'ORCA_PROPERTY_RUNS') };

const command = fc.constantFrom<ReleaseBehaviour>('completes', 'completes', 'fails', 'never-ready');
const trouble = fc.record({
  trouble: fc.record({
    kind: fc.constantFrom('kill', 'remove', 'stick', 'unstick', 'engine-away', 'engine-back', 'seen-late'),
    pick: fc.nat(5),
  }) as fc.Arbitrary<Trouble>,
});
const act = fc.oneof({ weight: 3, arbitrary: hiccups(5) }, { weight: 1, arbitrary: trouble });
const acts = fc.array(act, { maxLength: 8 });
/** A deployment, by how its release command behaves, and what happens before the next one takes its place. */
const deploys = fc.array(fc.record({ command, acts }), { minLength: 1, maxLength: 4 });

const SPEC = { replicas: 2, release: ['migrate'], deploy: { deadline: 20_000, monitor: 0 } };

/** What holds after each step. */
function check(world: Simulator): void {
  for (const [deployment, runs] of world.releases.runs) assert.ok(runs <= 1, `deployment ${deployment}: ${runs} runs`);
  assert.ok(world.releases.running().length <= 1, 'two release commands run at the same time');
  for (const { release, revision, id } of world.tasks.values())
    assert.ok(release || revision === 1 || world.releases.hasSucceeded(revision), `${id} is there before its release`);
}

function begin(): Simulator {
  const { release: _, ...before } = SPEC;
  const world = new Simulator(spec(before));
  until(world, check, () => world.active() === undefined);
  return world;
}

test('whatever is killed or superseded, a release command runs at most once, alone, and before any task of its revision', () => {
  fc.assert(
    fc.property(deploys, (all) => {
      const world = begin();
      for (const one of all) {
        world.deploy(spec(SPEC));
        world.releases.behaviours.set(world.revisions.size, one.command);
        for (const each of one.acts) endure(world, each, check);
      }
      heal(world);
      until(world, check, () => world.active() === undefined);
      for (const { id, state, to } of world.deployments.values()) {
        if (state !== 'succeeded' || to === 1) continue;
        assert.equal(world.releases.runs.get(id), 1, `deployment ${id} succeeded`);
        assert.equal(world.releases.behaviours.get(to), 'completes');
      }
      until(world, check, () => world.serving() === SPEC.replicas);
    }),
    RUNS,
  );
});

test('where nothing happens to it, a deployment ends as its release command does, and what served serves on', () => {
  fc.assert(
    fc.property(command, fc.array(hiccups(0), { maxLength: 4 }), (how, waits) => {
      const world = begin();
      world.deploy(spec(SPEC));
      world.releases.behaviours.set(2, how);
      const serves = () => {
        check(world);
        assert.equal(world.covered(), SPEC.replicas);
      };
      for (const each of waits) if ('passes' in each) endure(world, each, serves);
      until(world, serves, () => world.active() === undefined);
      assert.equal(world.deployments.get(2)?.state, how === 'completes' ? 'succeeded' : 'rolled-back');
      assert.equal(world.releases.runs.get(2), 1);
    }),
    RUNS,
  );
});
