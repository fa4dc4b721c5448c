import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import { planService } from '../../../../src/core/rollout/plan-service.ts';
import { begin, last, only, pass, passes, running, settled, TICK, until } from './passes.ts';
import { spec } from './spec.ts';

describe('a clock set back by hours', () => {
  it('does not keep a dead task from being replaced', () => {
    const world = begin();
    const { id } = only(world);
    world.trouble({ kind: 'kill', pick: 0 });
    passes(world, 5_000);
    world.now -= 7_200_000;
    world.trouble({ kind: 'remove', pick: 0 });
    passes(world, 5_000);
    assert.equal(running(world).length, 1);
    assert.notEqual(only(world).id, id);
    assert.ok(world.answers(only(world).id) || world.boxes.size === 1);
  });

  it('does not keep a rollout waiting for monitor', () => {
    const world = begin();
    world.deploy(spec());
    until(world, 'the switch', () => last(world)?.switchedAt !== undefined);
    world.now -= 7_200_000;
    for (const box of world.boxes.values()) box.readyAt = 0;
    world.acknowledged.tables = world.acknowledged.tables.map((table) => ({ ...table, at: 0, ackedAt: 0 }));
    until(world, 'success', () => last(world)?.state === 'succeeded', 100);
  });
});

describe('what is left behind', () => {
  it('of an ended task is swept away', () => {
    const world = begin();
    const { id } = only(world);
    const box = world.boxes.get(id);
    assert.ok(box);
    world.trouble({ kind: 'kill', pick: 0 });
    passes(world, 5_000);
    world.boxes.set(id, box);
    passes(world, 1_000);
    assert.ok(!world.boxes.has(id));
    assert.equal(world.boxes.size, 1);
  });

  it('in removal for long counts as dead, not as unknown', () => {
    const world = begin();
    const { id } = only(world);
    const box = world.boxes.get(id);
    assert.ok(box);
    box.view = { ...box.view, state: 'removing', finishedAt: world.engineNow() };
    assert.deepEqual(world.plan().steps, []);
    world.pass(15_000);
    assert.deepEqual(
      world.plan().steps.map(({ kind }) => kind),
      ['bury'],
    );
  });
});

describe('a slot', () => {
  it('that has two tasks of the target keeps the one that serves', () => {
    const world = begin();
    const first = only(world);
    const reason = 'a mistake';
    world.apply({ kind: 'assign', slot: 1, revision: 1, attempt: 0, node: 'local', deployment: 0, reason });
    world.apply({ kind: 'start', task: 't0002', slot: 1, node: 'local', reason });
    for (let n = 0; n < 20; n += 1) {
      pass(world);
      assert.equal(world.tasks.get(first.id)?.routed, true);
    }
    assert.deepEqual(
      running(world).map(({ id }) => id),
      [first.id],
    );
  });

  it('is filled again only when its dead task is buried', () => {
    const world = begin();
    world.trouble({ kind: 'kill', pick: 0 });
    assert.deepEqual(
      world.plan().steps.map(({ kind }) => kind),
      ['bury'],
    );
    pass(world);
    const { steps } = world.plan();
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['sweep', 'assign'],
      'it is filled while the log of the dead one is copied, and that is swept away',
    );
  });

  it('whose tasks die again and again is tried later each time', () => {
    const world = begin();
    const begun: number[] = [];
    for (const end = world.now + 60_000; world.now < end; ) {
      world.trouble({ kind: 'kill', pick: 0 });
      if (pass(world).steps.some(({ kind }) => kind === 'assign')) begun.push(world.now);
    }
    assert.ok(begun.length >= 4 && begun.length <= 8, `${begun.length} tasks in a minute`);
  });
});

describe('min_ready', () => {
  it('is over before a new task takes over, and begins anew with each miss', () => {
    const world = begin();
    world.deploy(spec({ deploy: { minReady: 10_000 } }));
    until(world, 'an answer', () => running(world).some(({ id, revision }) => revision === 2 && world.answers(id)));
    passes(world, 8_000);
    assert.ok(running(world).every(({ revision, routed }) => routed === (revision === 1)));
    world.trouble({ kind: 'crash', pick: 1 });
    passes(world, 8_000);
    assert.ok(running(world).every(({ revision, routed }) => routed === (revision === 1)));
    settled(world);
    assert.equal(last(world)?.state, 'succeeded');
  });
});

describe('draining', () => {
  const drain = (inflight: number | undefined) => {
    const world = begin();
    world.service = { ...world.service, paused: true };
    until(world, 'the task to be out of routing', () => running(world).every(({ routed }) => !routed));
    world.pass(TICK);
    const planned = () => {
      const view = world.view();
      const tasks = view.tasks.map((seen) => ({ ...seen, inflight }));
      return planService({ ...view, tasks }, world.now).steps.map(({ kind }) => kind);
    };
    return { world, planned };
  };

  it('waits for plain requests, or until nobody may wait longer', () => {
    for (const inflight of [3, undefined]) {
      const { world, planned } = drain(inflight);
      assert.deepEqual(planned(), []);
      world.pass(31_000);
      assert.deepEqual(planned(), ['stop']);
    }
    assert.deepEqual(drain(0).planned(), ['stop']);
  });

  it('is over without an acknowledgement when no data plane has been there for a minute and the user asked for the stop', () => {
    const { world, planned } = drain(0);
    world.trouble({ kind: 'ingress-away', pick: 0 });
    assert.deepEqual(planned(), []);
    world.pass(61_000);
    assert.deepEqual(planned(), ['stop']);
  });

  it('is not over without an acknowledgement while a deployment depends on it', () => {
    const world = begin({ replicas: 2 });
    world.deploy(spec({ replicas: 2 }));
    world.service = { ...world.service, replicas: 1 };
    until(world, 'the surplus task to be out of routing', () =>
      running(world).some(({ slot, unroutedAt }) => slot === 2 && unroutedAt !== undefined),
    );
    world.trouble({ kind: 'ingress-away', pick: 0 });
    world.pass(100_000);
    assert.ok(!world.plan().steps.some(({ kind }) => kind === 'stop'));
  });
});

describe('a host port', () => {
  it('is not given up before the next image is there', () => {
    const ports = [{ address: '127.0.0.1', host: 9000, container: 8080, protocol: 'tcp' as const }];
    const world = begin({ ports });
    world.deploy(spec({ ports }));
    assert.deepEqual(
      world.plan().steps.map(({ kind }) => kind),
      ['pull'],
    );
  });
});

describe('an engine', () => {
  it('that cannot be read is unknown, never empty: nothing is decided', () => {
    const world = begin({ replicas: 2 });
    world.trouble({ kind: 'engine-away', pick: 0 });
    assert.deepEqual(world.plan().steps, []);
  });

  it('that cannot be read on the way back takes nothing out of routing', () => {
    const world = begin({ replicas: 2 });
    world.deploy(spec({ replicas: 2 }), 'turns-bad');
    until(world, 'the way back', () => last(world)?.failure !== undefined);
    world.trouble({ kind: 'engine-away', pick: 0 });
    assert.deepEqual(world.plan().steps, []);
  });

  it('that has just come back may yet start what is dead', () => {
    const world = begin();
    world.trouble({ kind: 'engine-away', pick: 0 });
    const [box] = world.boxes.values();
    assert.ok(box);
    box.view = { ...box.view, state: 'exited', exitCode: 137, finishedAt: world.engineNow() };
    world.pass(60_000);
    world.trouble({ kind: 'engine-back', pick: 0 });
    assert.deepEqual(world.plan().steps, []);
    world.pass(4_000);
    assert.deepEqual(
      world.plan().steps.map(({ kind }) => kind),
      ['bury'],
    );
  });

  it('has restarted a task: what was probed before says nothing of it', () => {
    const world = begin();
    world.deploy(spec());
    until(world, 'an answer', () => running(world).some(({ id, revision }) => revision === 2 && world.answers(id)));
    const view = world.view();
    const tasks = view.tasks.map((seen) => {
      const { container } = seen;
      if (seen.task.revision !== 2 || !container || container === 'unknown') return seen;
      return { ...seen, container: { ...container, startedAt: engineTime(world.now + 1), restarts: 1 } };
    });
    assert.ok(!planService({ ...view, tasks }, world.now).steps.some(({ kind }) => kind === 'route'));
  });
});

describe('a purge', () => {
  for (const away of [false, true]) {
    it(`is over only when no container is left, ended or not (engine ${away ? 'away' : 'there'})`, () => {
      const world = begin();
      world.trouble({ kind: 'kill', pick: 0 });
      world.service = { ...world.service, removing: true };
      for (const step of world.plan().steps) if (step.kind === 'bury') world.apply(step, 'store');
      assert.equal(world.boxes.size, 1);
      if (away) world.trouble({ kind: 'engine-away', pick: 0 });
      assert.ok(!world.plan().steps.some(({ kind }) => kind === 'forget'));
      world.trouble({ kind: 'engine-back', pick: 0 });
      until(world, 'nothing', () => world.tasks.size === 0);
      assert.equal(world.boxes.size, 0);
    });
  }
});

describe('a service that has just lost its domains', () => {
  const begun = () => {
    const world = begin({ replicas: 2 });
    world.deploy(spec({ replicas: 2, domains: [], routes: [] }), 'good', world.revisions.get(1)?.hash);
    settled(world);
    return world;
  };

  it('has its requests finished before a task is stopped', () => {
    const world = begun();
    world.service = { ...world.service, replicas: 1 };
    pass(world);
    const view = world.view();
    const busy = { ...view, tasks: view.tasks.map((seen) => ({ ...seen, inflight: 1 })) };
    assert.deepEqual(planService(busy, world.now).steps, []);
    assert.deepEqual(
      planService(busy, world.now + 30_000).steps.map(({ kind }) => kind),
      ['stop'],
    );
  });

  it('has no task stopped while a worker may still route to it', () => {
    const world = begun();
    world.service = { ...world.service, paused: true };
    world.ackDelay = 20_000;
    for (let n = 0; n < 100; n += 1) {
      pass(world);
      assert.deepEqual(world.cut(), []);
    }
    assert.equal(world.boxes.size, 0);
  });
});
