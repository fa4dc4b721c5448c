import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OrcaError } from '../../../../src/core/errors.ts';
import { begin, last, pass, passes, running, settled, until } from './passes.ts';
import type { Simulator } from './simulator.ts';

const ids = (world: Simulator) => new Set(running(world).map(({ id }) => id));
/** Slots in which a task answers and gets requests. */
const serving = (world: Simulator) =>
  new Set(running(world).flatMap((task) => (task.routed && world.answers(task.id) ? [task.slot] : []))).size;

describe('a restart', () => {
  it('replaces every task by a new one of the same revision, slot by slot, and each slot serves all the time', () => {
    const world = begin({ replicas: 3 });
    const before = ids(world);
    world.restart();
    let fewest = 3;
    until(world, 'an end', () => {
      fewest = Math.min(fewest, serving(world));
      return world.active() === undefined;
    });
    passes(world, 10_000);
    assert.equal(fewest, 3);
    assert.equal(last(world)?.state, 'succeeded');
    assert.equal(running(world).length, 3);
    assert.deepEqual(
      [...ids(world)].filter((id) => before.has(id)),
      [],
    );
    assert.deepEqual([...new Set(running(world).map(({ revision }) => revision))], [1]);
    assert.deepEqual(world.plan().steps, []);
  });

  it('of which the new tasks never get ready leaves those that served', () => {
    const world = begin({ replicas: 2 });
    const before = ids(world);
    world.restart('never-ready');
    let fewest = 2;
    until(world, 'an end', () => {
      fewest = Math.min(fewest, serving(world));
      return world.active() === undefined;
    });
    passes(world, 10_000);
    assert.equal(fewest, 2);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.match(last(world)?.reason ?? '', /was not ready within .*; what serves of revision 1 stays/);
    assert.deepEqual(ids(world), before);
  });

  it('of which the new tasks turn bad once they serve goes back to those that are kept, though the bad one is routed', () => {
    const world = begin({ replicas: 1, deploy: { monitor: 60_000 } });
    const before = ids(world);
    world.restart('turns-bad');
    until(world, 'a failure', () => last(world)?.failure !== undefined);
    settled(world);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.deepEqual(ids(world), before);
    assert.equal(serving(world), 1);
  });

  it('gives way to a deploy of something else', () => {
    const world = begin({ replicas: 2 });
    world.restart();
    pass(world);
    const { spec } = world.revisions.get(1) ?? {};
    assert.ok(spec);
    world.deploy(spec, 'good', 'another');
    settled(world);
    passes(world, 5_000);
    assert.deepEqual(
      running(world).map(({ hash }) => hash),
      ['another', 'another'],
    );
  });

  it('that runs already is joined; while another deployment runs it is refused, saying which', () => {
    const world = begin();
    world.restart();
    world.restart();
    assert.equal(world.deployments.size, 2);
    settled(world);
    const { spec } = world.revisions.get(1) ?? {};
    assert.ok(spec);
    world.deploy(spec, 'good', 'another');
    assert.throws(
      () => world.restart(),
      (error) => error instanceof OrcaError && /deployment 3 of .* is in progress/.test(error.message),
    );
  });

  it('of what is stopped, scaled to 0, being removed, or has never succeeded is refused', () => {
    const refused = (rest: object, words: RegExp) => {
      const world = begin();
      world.service = { ...world.service, ...rest };
      assert.throws(() => world.restart(), words);
    };
    refused({ paused: true }, /is stopped/);
    refused({ replicas: 0 }, /is scaled to 0/);
    refused({ removing: true }, /is being removed/);
    refused({ stable: undefined }, /there is nothing to restart/);
  });
});
