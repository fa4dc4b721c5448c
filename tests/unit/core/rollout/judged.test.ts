import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceView } from '../../../../src/core/rollout/observed.ts';
import { planService } from '../../../../src/core/rollout/plan-service.ts';
import { begin, last, only, pass, passes, running, settled, TICK, until } from './passes.ts';
import type { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const hashOf = (world: Simulator, revision: number) => world.revisions.get(revision)?.hash;
const HANGS = { health: { path: '/', interval: 1_000, timeout: 1_000, failures: 3, startPeriod: 5_000 } };
const elsewhere = (wish: Parameters<typeof spec>[0] = {}) => spec({ ...wish, domains: ['www.example.com'] });

describe('a deployment that touches no container', () => {
  it('goes back when the tasks of the one whose place it took turn bad, and loses no time over it', () => {
    const world = begin();
    world.deploy(spec(), 'turns-bad');
    until(world, 'a routed task', () => running(world).some(({ revision, routed }) => revision === 2 && routed));
    world.deploy(elsewhere(), 'turns-bad', hashOf(world, 2));
    const begun = world.now;
    let unserved = 0;
    until(world, 'an end', () => {
      unserved += world.serving() === 0 ? TICK : 0;
      return world.active() === undefined;
    });
    assert.deepEqual([last(world)?.state, world.service.revision], ['rolled-back', 1]);
    assert.ok(world.now - begun < 6_000 && unserved < 3_000, `${world.now - begun} ms, ${unserved} ms unserved`);
  });

  it('is not held against it that a task ended before it began', () => {
    const world = begin();
    world.deploy(spec(), 'exits');
    settled(world);
    assert.equal(last(world)?.state, 'rolled-back');
    world.deploy(spec(), 'good', hashOf(world, 2));
    settled(world);
    assert.equal(last(world)?.state, 'succeeded');
  });

  it('has a hung task replaced meanwhile, as without it', () => {
    const wish = { ...HANGS, replicas: 2 };
    const world = begin(wish);
    world.trouble({ kind: 'hang', pick: 0 });
    world.deploy(elsewhere(wish), 'good', hashOf(world, 1));
    const begun = world.now;
    settled(world);
    assert.deepEqual([last(world)?.state, world.serving()], ['succeeded', 2]);
    assert.ok((last(world)?.endedAt ?? 0) - begun < 10_000);
  });

  it('does not wait for an image that nothing is made of', () => {
    const world = begin();
    world.deploy(elsewhere(), 'good', hashOf(world, 1));
    const view: ServiceView = { ...world.view(), images: new Map(), tableSettled: false };
    const kinds = (ms: number) => planService(view, world.now + ms).steps.map(({ kind }) => kind);
    assert.deepEqual(kinds(300_000), []);
    assert.deepEqual(kinds(500_000), ['fail']);
  });
});

describe('a task that was not to be restarted', () => {
  it('and exits with an error fails its rollout, also when it is buried before that is written', () => {
    const world = begin({ restart: 'never' });
    world.deploy(spec({ restart: 'never' }));
    until(world, 'a new task', () => world.boxes.size === 2);
    const [box] = [...world.boxes.values()].slice(-1);
    assert.ok(box);
    box.view = { ...box.view, state: 'exited', exitCode: 1, finishedAt: world.engineNow() };
    const steps = world.plan().steps.filter(({ kind }) => kind === 'bury');
    assert.equal(steps.length, 1);
    for (const step of steps) world.apply(step);
    const begun = world.now;
    until(world, 'an end', () => world.active() === undefined);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.ok(world.now - begun < 5_000);
  });
});

describe('a task that Docker has restarted', () => {
  const restarted = () => {
    const world = begin(HANGS);
    const { id } = only(world);
    world.trouble({ kind: 'crash', pick: 0 });
    pass(world);
    const box = world.boxes.get(id);
    assert.equal(box?.view.restarts, 1);
    box.readyAt = Number.POSITIVE_INFINITY;
    return { world, id };
  };

  it('and that does not get ready is replaced once start_period and twice the misses are over', () => {
    const { world, id } = restarted();
    passes(world, 10_500);
    assert.equal(world.tasks.get(id)?.phase, 'run');
    until(world, 'another task', () => world.serving() === 1, 20);
    assert.match(world.tasks.get(id)?.reason ?? '', /not been ready for too long/);
  });

  it('gives way to one that may take its time: that one is not replaced in turn', () => {
    const { world, id } = restarted();
    world.behaviours.set(1, 'never-ready');
    until(world, 'another task', () => running(world).some((task) => task.id !== id));
    const second = only(world).id;
    passes(world, 600_000);
    assert.equal(only(world).id, second);
  });
});

describe('a rollout that goes back', () => {
  it('is back within its deadline and 5 s', () => {
    for (const how of ['never-ready', 'turns-bad', 'exits'] as const) {
      const world = begin({ replicas: 2 });
      world.deploy(spec({ replicas: 2, deploy: { deadline: 6_000, monitor: 3_000 } }), how);
      const begun = world.now;
      until(world, 'an end', () => world.active() === undefined);
      assert.deepEqual([last(world)?.state, world.serving()], ['rolled-back', 2], how);
      assert.ok(world.now - begun < 11_000, `${how}: ${world.now - begun} ms`);
    }
  });

  it('goes back to the count that was scaled by hand, which it had ended', () => {
    const world = begin({ replicas: 3 });
    world.service = { ...world.service, replicas: 5, scaledFrom: 3 };
    passes(world, 5_000);
    world.deploy(spec({ replicas: 4, deploy: { deadline: 5_000 } }), 'never-ready');
    settled(world);
    assert.deepEqual([last(world)?.state, world.serving()], ['rolled-back', 5]);
    assert.deepEqual([world.service.replicas, world.service.scaledFrom], [5, 3]);
  });

  it('seen from its file when it was scaled meanwhile, and no more than fit with its host ports', () => {
    const host = { ports: [{ address: '127.0.0.1', host: 9000, container: 8080, protocol: 'tcp' as const }] };
    for (const [ports, count] of [
      [{}, 3],
      [host, 1],
    ] as const) {
      const world = begin(ports);
      world.deploy(spec({ replicas: 2, deploy: { deadline: 5_000 } }), 'never-ready');
      passes(world, 1_000);
      world.service = { ...world.service, replicas: 3, scaledFrom: 2 };
      settled(world);
      assert.equal(last(world)?.state, 'rolled-back');
      assert.deepEqual([world.service.replicas, world.service.scaledFrom], [count, count === 1 ? undefined : 1]);
    }
  });

  it('goes back to the count before it, too, when the service is stopped in the middle', () => {
    const world = begin({ replicas: 3 });
    world.deploy(spec({ replicas: 5 }), 'slow');
    passes(world, 1_000);
    world.service = { ...world.service, paused: true };
    settled(world);
    world.service = { ...world.service, paused: false };
    passes(world, 10_000);
    assert.deepEqual([world.service.revision, world.serving()], [1, 3]);
  });
});

describe('a task that no rollout made', () => {
  it('and that died before it was ever ready does not fail an update', () => {
    const world = begin();
    world.behaviours.set(1, 'never-ready');
    world.service = { ...world.service, replicas: 2, scaledFrom: 1 };
    passes(world, 3_000);
    const second = running(world).find(({ slot }) => slot === 2);
    const box = world.boxes.get(second?.id ?? '');
    assert.ok(box);
    box.view = { ...box.view, state: 'exited', exitCode: 137, finishedAt: world.engineNow() };
    world.behaviours.set(1, 'good');
    world.deploy(elsewhere({ replicas: 2 }), 'good', hashOf(world, 1));
    settled(world);
    assert.equal(last(world)?.state, 'succeeded');
  });

  it('is known to have failed when it is given up, though its stop is asked for twice', () => {
    const world = begin(HANGS);
    const { id } = only(world);
    world.trouble({ kind: 'hang', pick: 0 });
    until(world, 'its end', () => world.tasks.get(id)?.phase === 'ended');
    assert.equal(world.tasks.get(id)?.end?.wanted, false);
  });
});
