import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import type { ServiceView } from '../../../../src/core/rollout/observed.ts';
import { planService } from '../../../../src/core/rollout/plan-service.ts';
import { begin, last, only, passes, running, settled, TICK, until } from './passes.ts';
import { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

describe('a routed task that is not ready', () => {
  const fails = (wasReady: boolean) => {
    const world = begin();
    world.deploy(spec());
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    const view = world.view();
    const tasks = view.tasks.map((seen) =>
      seen.task.revision === 2 && seen.health
        ? { ...seen, health: { ...seen.health, ready: false, wasReady, heldSince: world.now - 2_000 } }
        : seen,
    );
    return planService({ ...view, tasks }, world.now).steps.some(({ kind }) => kind === 'fail');
  };

  it('for a second, after it was, has failed', () => assert.equal(fails(true), true));

  it('is given its time where the data plane has just begun to look', () => assert.equal(fails(false), false));
});

describe('success', () => {
  it('is not said of a service that was stopped and is deployed again before its tasks are there', () => {
    const world = begin();
    world.service = { ...world.service, paused: true };
    passes(world, 5_000);
    assert.equal(running(world).length, 0);
    world.deploy(spec());
    for (let i = 0; i < 40; i += 1) {
      const steps = world.plan().steps.filter(({ kind }) => kind !== 'pull');
      for (const step of steps) world.apply(step);
      world.pass(TICK);
    }
    assert.equal(last(world)?.state, 'running');
    assert.equal(last(world)?.switchedAt, undefined);
  });

  it('waits for the whole of monitor after the last switch, also for tasks that a superseded deployment began', () => {
    const world = begin();
    world.deploy(spec(), 'good', 'next');
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    world.deploy(spec({ domains: ['www.example.com'] }), 'good', 'next');
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    const { switchedAt = 0 } = last(world) ?? {};
    until(world, 'success', () => last(world)?.state === 'succeeded');
    assert.ok((last(world)?.endedAt ?? 0) - switchedAt >= 5_000);
  });

  it('of one slot is not given to a new task that is routed, but fails its probe by then', () => {
    const world = begin();
    world.deploy(spec());
    const isNew = ({ revision, id }: Task) => revision === 2 && world.routing(id).everywhere;
    for (let n = 0; !running(world).some(isNew); n += 1) {
      assert.ok(n < 1_000);
      for (const step of world.plan().steps) if (step.kind !== 'unroute') world.apply(step);
      world.pass(TICK);
    }
    const view = world.view();
    const tasks = view.tasks.map((seen) =>
      seen.task.revision === 2 && seen.health
        ? { ...seen, health: { ...seen.health, ready: false, heldSince: world.now } }
        : seen,
    );
    assert.ok(world.plan().steps.some(({ kind }) => kind === 'unroute'));
    assert.ok(!planService({ ...view, tasks }, world.now).steps.some(({ kind }) => kind === 'unroute'));
  });

  it('waits for none of it where no container is touched', () => {
    const world = begin({}, 'good');
    const [from] = [world.revisions.get(1)?.hash];
    world.deploy(spec({ domains: ['www.example.com'] }), 'good', from);
    const begun = world.now;
    until(world, 'success', () => last(world)?.state === 'succeeded');
    assert.ok(world.now - begun < 3_000);
  });
});

describe('a deployment', () => {
  const kinds = (world: Simulator, change: (view: ServiceView) => ServiceView) =>
    planService(change(world.view()), world.now).steps.map(({ kind }) => kind);

  it('that only changes domains has not switched before every worker has the newest table', () => {
    const world = begin();
    world.deploy(spec({ domains: ['www.example.com'] }), 'good', world.revisions.get(1)?.hash);
    assert.deepEqual(
      kinds(world, (view) => ({ ...view, tableSettled: false })),
      [],
    );
    assert.deepEqual(
      kinds(world, (view) => view),
      ['switched'],
    );
  });

  it('tells why it waits when the table is withheld, with its first words, and when it fails for that', () => {
    const world = begin();
    world.deploy(spec({ domains: ['www.example.com'] }), 'good', world.revisions.get(1)?.hash);
    const withheld = 'the routing table is too large: shop/web is the cause';
    const view = { ...world.view(), tableSettled: false, tableWithheld: withheld };
    const { waiting } = planService(view, world.now);
    assert.equal(waiting[0], `the data plane has not acknowledged the newest table yet: ${withheld}`);
    assert.deepEqual(planService({ ...view, deployment: undefined }, world.now).waiting, [], 'others wait for nothing');
    world.deploy(spec({ deploy: { monitor: 600_000 } }));
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    const tasks = world.view().tasks.map((seen) => ({ ...seen, routing: { everywhere: false, somewhere: true } }));
    const late = planService({ ...world.view(), tasks, tableWithheld: withheld }, world.now + 61_000);
    const failure = late.steps.find(({ kind }) => kind === 'fail');
    assert.match(failure?.reason ?? '', /has not acknowledged its route for 60 s: the routing table is too large/);
  });

  it('has not succeeded while an old task answers plain requests', () => {
    const world = begin();
    world.deploy(spec());
    until(world, 'the last pass', () => world.plan().steps.some(({ kind }) => kind === 'succeed'));
    const busy = kinds(world, (view) => ({
      ...view,
      tasks: view.tasks.map((seen) => ({ ...seen, inflight: 1 })),
    }));
    assert.ok(!busy.includes('succeed'));
  });

  it('has gone back only when the old revision serves and no table in use routes to the failed one', () => {
    const world = begin({ replicas: 2 });
    world.deploy(spec({ replicas: 2 }), 'turns-bad');
    until(world, 'the way back', () => last(world)?.failure !== undefined);
    until(world, 'the last pass', () => world.plan().steps.some(({ kind }) => kind === 'settle'));
    const routed = (view: ServiceView, number: number, everywhere: boolean, somewhere: boolean): ServiceView => ({
      ...view,
      tasks: view.tasks.map((seen) =>
        seen.task.revision === number ? { ...seen, routing: { everywhere, somewhere } } : seen,
      ),
    });
    assert.ok(!kinds(world, (view) => routed(view, 1, false, true)).includes('settle'));
    const failing = {
      ...only(world),
      id: 'failing',
      revision: 2,
      hash: 'hash-2',
      routed: false,
      unroutedAt: world.now,
    };
    world.tasks.set(failing.id, failing);
    assert.ok(!kinds(world, (view) => routed(view, 2, false, true)).includes('settle'));
    assert.ok(kinds(world, (view) => routed(view, 2, false, false)).includes('settle'));
  });

  it('that was the first and has failed has ended when its tasks are gone', () => {
    const world = new Simulator(spec({ replicas: 2 }), 'exits');
    until(world, 'a failure', () => last(world)?.failure !== undefined);
    until(world, 'the end', () => last(world)?.state === 'failed');
    assert.equal(world.boxes.size, 0);
    passes(world, 5_000);
    assert.equal(world.boxes.size, 0);
  });
});

describe('a service that may end', () => {
  const wish: Partial<ServiceSpec> = { restart: 'never', domains: [], routes: [] };

  it('has been deployed once it has run to its end, is not run again, and its predecessor goes', () => {
    const world = begin(wish, 'completes');
    assert.equal(last(world)?.state, 'succeeded');
    passes(world, 400_000);
    assert.equal(world.tasks.size, 1);
    world.deploy(spec(wish), 'completes');
    settled(world);
    passes(world, 60_000);
    assert.equal(last(world)?.state, 'succeeded');
    assert.equal(world.tasks.size, 2);
  });

  it('takes the place of one that runs', () => {
    const world = begin(wish);
    const old = only(world);
    world.deploy(spec(wish), 'completes');
    settled(world);
    assert.equal(world.tasks.get(old.id)?.phase, 'ended');
    passes(world, 60_000);
    assert.equal(last(world)?.state, 'succeeded');
    assert.equal(world.boxes.size, 0);
  });

  it('has failed if it ends badly', () => {
    const world = new Simulator(spec(wish), 'good');
    until(world, 'a container', () => world.boxes.size > 0);
    world.trouble({ kind: 'kill', pick: 0 });
    settled(world);
    assert.equal(last(world)?.state, 'failed');
  });
});

describe('a rollout', () => {
  it('fails for a task that was begun by the deployment it supersedes, and says so in time', () => {
    const world = begin();
    world.deploy(spec(), 'never-ready', 'bad');
    passes(world, 10_000);
    world.deploy(spec({ domains: ['www.example.com'] }), 'never-ready', 'bad');
    until(world, 'a failure', () => last(world)?.failure !== undefined);
    assert.match(last(world)?.failure?.reason ?? '', /was not ready within 300 s/);
    assert.ok((last(world)?.failure?.at ?? 0) - (last(world)?.startedAt ?? 0) >= 300_000, 'it has its own time');
  });

  it('is not failed by a new master for what nobody could acknowledge while the last one was away', () => {
    const world = begin();
    world.deploy(spec({ deploy: { monitor: 600_000 } }));
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    world.restartMaster(300_000);
    const view = world.view();
    const tasks = view.tasks.map((seen) => ({ ...seen, routing: { everywhere: false, somewhere: true } }));
    assert.ok(!planService({ ...view, tasks }, world.now).steps.some(({ kind }) => kind === 'fail'));
    world.pass(61_000);
    const [failure] = planService({ ...view, tasks }, world.now).steps.filter(({ kind }) => kind === 'fail');
    assert.match(failure?.reason ?? '', /has not acknowledged its route for 60 s/);
  });

  it('is not failed by a new master for a task that had no time to become ready before its eyes', () => {
    const world = begin();
    world.deploy(spec({ port: undefined, domains: [], routes: [] }));
    until(world, 'a container', () => world.boxes.size === 2);
    world.trouble({ kind: 'engine-away', pick: 0 });
    world.pass(600_000);
    for (const box of world.boxes.values()) box.view = { ...box.view, startedAt: world.engineNow() };
    world.trouble({ kind: 'engine-back', pick: 0 });
    assert.ok(!world.plan().steps.some(({ kind }) => kind === 'fail'));
    settled(world);
    assert.equal(last(world)?.state, 'succeeded');
  });

  it('fails soon for a task that turns bad after it was routed', () => {
    const world = begin();
    world.deploy(spec(), 'turns-bad');
    until(world, 'a failure', () => last(world)?.failure !== undefined, 40);
    assert.match(last(world)?.failure?.reason ?? '', /was ready, then failed its probe/);
  });

  it('does not fail for a new task that is not wanted any more', () => {
    const world = begin({ replicas: 2 });
    world.deploy(spec({ replicas: 2, deploy: { parallelism: 2 } }));
    until(world, 'two containers more', () => world.boxes.size === 4);
    world.service = { ...world.service, replicas: 1 };
    settled(world);
    assert.equal(last(world)?.state, 'succeeded');
    assert.equal(world.boxes.size, 1);
  });

  it('given up by a stop leaves the revision that served to be started again', () => {
    const world = begin();
    world.deploy(spec(), 'slow');
    passes(world, 1_000);
    world.service = { ...world.service, paused: true };
    settled(world);
    assert.equal(last(world)?.state, 'failed');
    assert.equal(world.boxes.size, 0);
    world.service = { ...world.service, paused: false };
    passes(world, 20_000);
    assert.equal(only(world).revision, 1);
  });

  it('that nothing can move ends, and tells what it waited for', () => {
    const world = begin();
    world.deploy(spec());
    for (const end = world.now + 3_600_000; world.now < end && !last(world)?.failure; world.pass(10_000)) {
      const { steps } = planService({ ...world.view(), trouble: 'docker has no space left' }, world.now);
      for (const step of steps) if (step.kind === 'fail') world.apply(step);
    }
    assert.match(last(world)?.failure?.reason ?? '', /nothing has moved for \d+ s: docker has no space left/);
  });

  it('that goes back brings back the count of replicas, unless that was set by hand', () => {
    const world = begin({ replicas: 2 });
    world.deploy(spec({ replicas: 4 }), 'never-ready');
    settled(world);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.equal(world.service.replicas, 2);
    world.deploy(spec({ replicas: 2 }), 'never-ready');
    world.service = { ...world.service, replicas: 3, scaledFrom: 2 };
    settled(world);
    assert.equal(world.service.replicas, 3);
  });

  it('whose new task served and died has failed, even if it was buried before that could be said', () => {
    const world = begin();
    world.deploy(spec());
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    const task = [...world.boxes.keys()].findIndex((id) => world.tasks.get(id)?.revision === 2);
    world.trouble({ kind: 'kill', pick: task });
    for (const step of world.plan().steps) if (step.kind === 'bury') world.apply(step);
    settled(world);
    assert.match(last(world)?.failure?.reason ?? '', /was ready, then ended/);
    assert.equal(last(world)?.state, 'rolled-back');
  });

  it('does not fail for a task that crashed before it was routed, when that later misses a probe', () => {
    const world = begin();
    world.deploy(spec());
    until(world, 'a container', () => world.boxes.size === 2);
    world.trouble({ kind: 'crash', pick: 1 });
    until(world, 'the route', () => running(world).some(({ revision, routed }) => revision === 2 && routed));
    const view = world.view();
    const tasks = view.tasks.map((seen) => {
      const { health } = seen;
      if (seen.task.revision !== 2 || !health) return seen;
      return { ...seen, health: { ...health, ready: false, heldSince: world.now, misses: 3 } };
    });
    const { steps } = planService({ ...view, tasks }, world.now);
    assert.ok(!steps.some(({ kind }) => kind === 'fail'));
  });

  it('tells in words what a routed task that is not ready waits for', () => {
    const world = begin();
    const { id } = only(world);
    const box = world.boxes.get(id);
    assert.ok(box);
    box.view = { ...box.view, state: 'paused' };
    assert.deepEqual(world.plan().waiting, ['web.1 is not ready: its container is paused']);
  });
});

describe('the revision gone back to', () => {
  it('is kept running, drained, until the new one has held for monitor', () => {
    const world = begin();
    const old = running(world).map(({ id }) => id);
    world.deploy(spec({ deploy: { monitor: 20_000 } }));
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    passes(world, 15_000);
    assert.ok(old.every((id) => world.boxes.has(id) && world.tasks.get(id)?.routed === false));
    settled(world);
    assert.ok(old.every((id) => !world.boxes.has(id)));
  });

  it('is kept in every slot when the new one falters in another', () => {
    const world = begin({ replicas: 2 });
    world.deploy(spec({ replicas: 2, deploy: { parallelism: 2, monitor: 20_000 } }));
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    passes(world, 2_000);
    const view = world.view();
    const tasks = view.tasks.map((seen) =>
      seen.task.revision === 2 && seen.task.slot === 1 && seen.health
        ? { ...seen, health: { ...seen.health, ready: false, heldSince: world.now } }
        : seen,
    );
    assert.equal(running(world).length, 4);
    assert.ok(!planService({ ...view, tasks }, world.now).steps.some(({ kind }) => kind === 'stop'));
  });

  it('takes the requests before those of the failed one are taken away from it', () => {
    const world = begin({ replicas: 2 });
    world.deploy(spec({ replicas: 2 }), 'turns-bad');
    until(world, 'the way back', () => last(world)?.failure !== undefined);
    settled(world);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.equal(world.covered(), 2);
  });
});
