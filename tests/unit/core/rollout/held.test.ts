import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Awaited, Deployment } from '../../../../src/core/model/deployment.ts';
import type { Other } from '../../../../src/core/rollout/observed.ts';
import { otherOf } from '../../../../src/core/rollout/others.ts';
import { planService } from '../../../../src/core/rollout/plan-service.ts';
import { begin, last, only, passes, running, settled, TICK, until } from './passes.ts';
import { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const AFTER: readonly Awaited[] = [{ service: 'db', until: 'healthy' }];
const other = (state: Other['state'], isBounded = true): Other => ({
  service: 'db',
  until: 'healthy',
  state,
  isBounded,
  reason: { reached: 'db is healthy', coming: 'no task of db is ready', failed: 'deployment 7 of db failed: it exits' }[
    state
  ],
});

/** Makes the deployment that begins wait, as the API does. */
function held(world: Simulator, rest: Partial<Deployment> = {}): void {
  const active = world.active();
  assert.ok(active);
  world.deployments.set(active.id, { ...active, state: 'pending', after: AFTER, ...rest });
}

/** One pass with what was seen of the others. */
function passWith(world: Simulator, ...others: readonly Other[]) {
  const plan = planService({ ...world.view(), others }, world.now);
  for (const step of plan.steps) world.apply(step);
  world.pass(TICK);
  return plan;
}

describe('a deployment that waits for other services', () => {
  it('does nothing until they are as far as they must be, and says what it waits for', () => {
    const world = begin();
    const before = only(world).id;
    world.deploy(spec());
    held(world);
    for (let n = 0; n < 40; n += 1) {
      const plan = passWith(world, other('coming'));
      assert.deepEqual(plan.steps, []);
      assert.equal(plan.waiting[0], 'waits for db to be healthy');
    }
    assert.equal(only(world).id, before);
    assert.deepEqual(
      passWith(world, other('reached')).steps.map(({ kind }) => kind),
      ['begin'],
    );
    settled(world);
    assert.deepEqual([last(world)?.state, only(world).revision], ['succeeded', 2]);
  });

  it('is skipped when one of them will not come so far, and the service is as it was', () => {
    const world = begin({ replicas: 2 });
    const before = running(world).map(({ id }) => id);
    world.deploy(spec({ replicas: 3 }));
    held(world);
    const [step] = passWith(world, other('failed')).steps;
    assert.equal(step?.reason, 'it waited for db to be healthy, and deployment 7 of db failed: it exits');
    settled(world);
    assert.deepEqual(
      running(world).map(({ id }) => id),
      before,
    );
    const { revision, replicas, deployment } = world.service;
    assert.deepEqual([last(world)?.state, revision, replicas, deployment], ['skipped', 1, 2, undefined]);
  });

  it('has what ran before it looked after meanwhile', () => {
    const world = begin();
    const before = only(world).id;
    world.deploy(spec());
    held(world);
    world.trouble({ kind: 'kill', pick: 0 });
    for (let n = 0; n < 200 && running(world).every(({ id }) => id === before); n += 1)
      passWith(world, other('coming'));
    assert.notEqual(only(world).id, before);
    assert.equal(only(world).revision, 1);
  });

  it('starts nothing of a first deployment, or of a service that was stopped', () => {
    const world = new Simulator(spec());
    held(world);
    for (let n = 0; n < 20; n += 1) assert.deepEqual(passWith(world, other('coming')).steps, []);
    const again = begin();
    again.service = { ...again.service, paused: true };
    until(again, 'nothing that runs', () => running(again).length === 0);
    again.deploy(spec());
    held(again, { wasStopped: true });
    for (let n = 0; n < 20; n += 1) passWith(again, other('coming'));
    assert.equal(running(again).length, 0);
    passWith(again, other('failed'));
    assert.deepEqual([last(again)?.state, again.service.paused], ['skipped', true]);
  });

  it('does not wait for ever for a service that nobody deploys', () => {
    const world = begin();
    world.deploy(spec({ deploy: { deadline: 10_000 } }));
    held(world);
    until(
      world,
      'a skip',
      () => passWith(world, other('coming', false)).steps.some(({ kind }) => kind === 'skip'),
      100,
    );
    assert.equal(last(world)?.state, 'skipped');
  });

  it('has all its time once it has begun', () => {
    const world = begin();
    world.deploy(spec({ deploy: { deadline: 10_000 } }), 'slow');
    held(world);
    for (let n = 0; n < 200; n += 1) passWith(world, other('coming'));
    passWith(world, other('reached'));
    settled(world);
    assert.equal(last(world)?.state, 'succeeded');
  });

  it('ends when the service is stopped meanwhile', () => {
    const world = begin();
    world.deploy(spec());
    held(world);
    world.service = { ...world.service, paused: true };
    settled(world);
    assert.equal(last(world)?.state, 'failed');
  });
});

describe('a service of which nothing runs', () => {
  const stopped = () => {
    const world = begin({ dependsOn: { db: 'healthy' } });
    world.service = { ...world.service, paused: true };
    passes(world, 60_000);
    world.service = { ...world.service, paused: false };
    return world;
  };

  it('is started after those it depends on', () => {
    const world = stopped();
    const plan = passWith(world, other('coming'));
    assert.deepEqual(
      [plan.steps.filter(({ kind }) => kind === 'assign'), plan.waiting],
      [[], ['web waits for db to be healthy']],
    );
    assert.deepEqual(
      passWith(world, other('reached')).steps.map(({ kind }) => kind),
      ['assign'],
    );
  });

  it('is started all the same once that takes longer than its deadline, or will not happen', () => {
    const world = stopped();
    const isStarted = () => passWith(world, other('coming')).steps.some(({ kind }) => kind === 'assign');
    let looks = 1;
    while (!isStarted() && looks < 2_000) looks += 1;
    assert.ok(looks > 900 && looks < 1_300, `${looks} looks of ${TICK} ms`);
    assert.ok(passWith(stopped(), other('failed')).steps.some(({ kind }) => kind === 'assign'));
  });

  it('is not kept from replacing a task while others of it run', () => {
    const world = begin({ replicas: 2, dependsOn: { db: 'healthy' } });
    world.trouble({ kind: 'kill', pick: 0 });
    for (let n = 0; n < 20; n += 1) passWith(world, other('coming'));
    assert.equal(running(world).length, 2);
  });
});

describe('how far another service has come', () => {
  const look = (world: Simulator, what: Awaited['until'], deployment?: Deployment) =>
    otherOf({ service: 'web', until: what }, { sight: world.view(), deployment }, world.now).state;

  it('is healthy with its deployment; without one, while a task of it serves', () => {
    const world = new Simulator(spec());
    const states = new Set<string>();
    while (world.active()) {
      states.add(look(world, 'healthy'));
      for (const step of world.plan().steps) world.apply(step);
      world.pass(TICK);
    }
    assert.deepEqual([...states], ['coming']);
    assert.equal(look(world, 'healthy'), 'reached');
    world.trouble({ kind: 'hang', pick: 0 });
    assert.equal(look(world, 'healthy'), 'coming');
  });

  it('has started once all its tasks run, before they are ready', () => {
    const world = new Simulator(spec(), 'never-ready');
    assert.equal(look(world, 'started'), 'coming');
    until(world, 'a task that runs', () => look(world, 'started') === 'reached', 40);
    assert.equal(look(world, 'healthy'), 'coming');
  });

  it('has completed once all its tasks ran to their end with exit code 0', () => {
    const world = new Simulator(spec({ port: undefined, domains: [], routes: [], restart: 'never' }), 'completes');
    assert.equal(look(world, 'completed'), 'coming');
    settled(world);
    assert.equal(look(world, 'completed'), 'reached');
  });

  it('will not come where its deployment failed, and where it is stopped or gone', () => {
    const world = begin();
    const failure = { reason: 'it exits', log: [], failedRequests: 0, at: 0 };
    for (const wrong of [
      { failure },
      { state: 'failed' as const },
      { state: 'rolled-back' as const },
      { state: 'skipped' as const },
    ])
      assert.equal(look(world, 'healthy', { ...(last(world) as Deployment), ...wrong }), 'failed');
    assert.equal(
      otherOf({ service: 'db', until: 'healthy' }, { sight: undefined, deployment: undefined }, 0).state,
      'failed',
    );
    world.service = { ...world.service, paused: true };
    assert.equal(look(world, 'healthy'), 'failed');
  });
});
