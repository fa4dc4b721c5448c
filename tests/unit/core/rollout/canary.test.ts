import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forecast } from '../../../../src/core/rollout/forecast.ts';
import { serviceStatus } from '../../../../src/core/status/service-status.ts';
import { begin, last, pass, passes, running, until } from './passes.ts';
import type { Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';
import { promote, rollback } from './steer.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const wish = (replicas = 4, steps = [5, 25, 50]) => ({
  replicas,
  deploy: { strategy: 'canary' as const, canary: { steps, by: 'client' as const }, monitor: 1_000 },
});
const of = (world: Simulator, hash: string) => running(world).filter((task) => task.hash === hash);
const isPaused = (world: Simulator) => last(world)?.state === 'paused';
const paused = (world: Simulator) => until(world, 'the pause', () => isPaused(world));
const ended = (world: Simulator) => until(world, 'an end', () => world.active() === undefined);

/** Revision 1 serves, and the first step of revision 2 is reached. */
function trying(replicas?: number, steps?: number[], how: Behaviour = 'good'): Simulator {
  const world = begin(wish(replicas, steps));
  world.deploy(spec(wish(replicas, steps)), how, 'new');
  paused(world);
  return world;
}

const weights = (world: Simulator) => world.acknowledged.tables.at(-1)?.shares.map(({ weight }) => weight);

describe('a canary', () => {
  it('has the tasks that its share takes, rounded up, beside the whole old set', () => {
    for (const [replicas, steps, tasks] of [
      [1, [5], 1],
      [4, [25], 1],
      [4, [26], 2],
      [10, [5], 1],
      [3, [99], 3],
    ] as const) {
      const world = trying(replicas, [...steps]);
      assert.equal(of(world, 'new').length, tasks);
      assert.equal(of(world, 'hash-1').length, replicas);
      assert.ok(running(world).every(({ routed }) => routed));
      assert.deepEqual(weights(world), [100 - (steps[0] ?? 0), steps[0]]);
    }
  });

  it('tells which step it is at, and waits for a user for as long as that takes', () => {
    const world = trying();
    assert.deepEqual([last(world)?.canary?.step, last(world)?.canary?.of, last(world)?.canary?.weight], [1, 3, 5]);
    assert.match(last(world)?.reason ?? '', /^step 1 of 3: revision 2 gets 5 % of the requests/);
    passes(world, 30 * MINUTE);
    world.now += 30 * DAY;
    passes(world, MINUTE);
    assert.ok(isPaused(world));
    const report = serviceStatus({ sight: world.view(), deployments: [], containers: [] }, world.now);
    assert.deepEqual([report.word, report.running, report.servingRevision], ['deploying', 4, 1]);
  });

  it('is not paused before every worker has acknowledged the weight', () => {
    const world = trying(1, [5, 50]);
    world.ackDelay = 10_000;
    promote(world, true);
    passes(world, 5_000);
    assert.equal(last(world)?.state, 'running');
    paused(world);
    assert.deepEqual(weights(world), [50, 50]);
  });

  it('goes step by step, and after the last one to all of the requests', () => {
    const world = trying(4, [25, 50]);
    promote(world, true);
    paused(world);
    assert.deepEqual([last(world)?.canary?.step, of(world, 'new').length], [2, 2]);
    promote(world, true);
    ended(world);
    assert.equal(last(world)?.state, 'succeeded');
    passes(world, MINUTE);
    assert.deepEqual([of(world, 'new').length, world.boxes.size], [4, 4]);
  });

  it('promoted, is rolled out slot by slot, and its share never falls', () => {
    const world = trying(4, [50]);
    promote(world, false);
    let before = 50;
    until(world, 'an end', () => {
      const shares = world.acknowledged.tables.at(-1)?.shares ?? [];
      const weight = shares.length === 2 ? (shares[1]?.weight ?? 0) : before;
      assert.ok(weight >= before, `${weight} after ${before}`);
      before = weight;
      assert.equal(world.covered(), 4);
      return world.active() === undefined;
    });
    assert.equal(last(world)?.state, 'succeeded');
  });

  it('is promoted once: twice, or too early, it is refused with the reason', () => {
    const world = begin(wish());
    assert.throws(() => promote(world, false), /no canary of web is running/);
    world.deploy(spec(wish()), 'slow', 'new');
    pass(world);
    assert.throws(() => promote(world, false), /step 1 of 3 of the canary of web is not reached yet/);
    paused(world);
    promote(world, false);
    assert.throws(() => promote(world, false), /is promoted already/);
  });

  it('goes back by the wish of a user, to the count from before, and nothing was wrong with it', () => {
    const world = begin(wish(2));
    world.deploy(spec(wish(6, [50])), 'good', 'new');
    paused(world);
    assert.equal(of(world, 'hash-1').length, 2, 'the old set keeps its count');
    assert.equal(of(world, 'new').length, 3);
    const old = of(world, 'hash-1').map(({ id }) => id);
    assert.ok(rollback(world));
    until(world, 'an end', () => {
      assert.equal(world.covered() >= 2, true);
      return world.active() === undefined;
    });
    passes(world, MINUTE);
    assert.deepEqual(
      running(world).map(({ id }) => id),
      old,
    );
    const { state, failure, reason } = last(world) ?? {};
    assert.deepEqual([state, failure], ['rolled-back', undefined]);
    assert.equal(reason, 'rolled back by ann; revision 1 serves again');
    assert.deepEqual([world.service.revision, world.service.replicas], [1, 2]);
    assert.equal(rollback(world), false, 'there is none any more');
  });

  it('that fails goes back by itself, also after days', () => {
    const world = trying(4, [25]);
    world.now += 3 * DAY;
    passes(world, MINUTE);
    const [task] = of(world, 'new');
    const box = world.boxes.get(task?.id ?? '');
    assert.ok(box);
    world.trouble({ kind: 'hang', pick: [...world.boxes.keys()].indexOf(task?.id ?? '') });
    ended(world);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.match(last(world)?.failure?.reason ?? '', /was ready, then failed its probe/);
    passes(world, MINUTE);
    assert.deepEqual([of(world, 'new').length, of(world, 'hash-1').length], [0, 4]);
  });

  it('that never gets ready leaves every old task as it is', () => {
    const world = begin(wish());
    const old = of(world, 'hash-1').map(({ id, routedAt }) => [id, routedAt]);
    world.deploy(spec(wish()), 'exits', 'new');
    ended(world);
    assert.equal(last(world)?.state, 'rolled-back');
    passes(world, MINUTE);
    assert.deepEqual(
      running(world).map(({ id, routedAt }) => [id, routedAt]),
      old,
    );
  });

  it('fills an old task that dies from the old revision, whose image is pulled if it is gone', () => {
    const world = trying(2, [50]);
    const [old] = of(world, 'hash-1');
    world.pulled.delete(1);
    world.boxes.delete(old?.id ?? '');
    until(world, 'it filled again', () => of(world, 'hash-1').filter(({ id }) => world.answers(id)).length === 2);
    passes(world, 5_000);
    assert.equal(of(world, 'hash-1').filter(({ revision, routed }) => revision === 1 && routed).length, 2);
    assert.equal(of(world, 'new').length, 1);
    assert.ok(isPaused(world));
  });

  it('lets a scale be of both sets, to none and back', () => {
    const world = trying(4, [25]);
    const scale = (replicas: number) => {
      world.service = { ...world.service, replicas, scaledFrom: 4 };
      passes(world, MINUTE);
    };
    scale(8);
    assert.deepEqual([of(world, 'hash-1').length, of(world, 'new').length], [8, 2]);
    scale(2);
    assert.deepEqual([of(world, 'hash-1').length, of(world, 'new').length], [2, 1]);
    scale(0);
    assert.equal(world.boxes.size, 0);
    scale(5);
    assert.deepEqual([of(world, 'hash-1').length, of(world, 'new').length], [5, 2]);
    assert.ok(isPaused(world));
    assert.deepEqual(weights(world), [75, 25]);
  });

  it('ends where the service is stopped, and the version from before is started again', () => {
    const world = trying(3, [50]);
    world.service = { ...world.service, paused: true };
    ended(world);
    assert.equal(last(world)?.state, 'rolled-back');
    passes(world, MINUTE);
    assert.equal(world.boxes.size, 0);
    world.service = { ...world.service, paused: false };
    passes(world, MINUTE);
    assert.deepEqual([of(world, 'hash-1').length, world.boxes.size], [3, 3]);
  });

  it('whose place another one takes leaves the sight of its clients at once, and the old set whole', () => {
    const world = trying(3, [50]);
    world.deploy(spec(wish(3, [50])), 'slow', 'newest');
    until(world, 'its tasks gone', () => {
      assert.equal(world.covered(), 3);
      return of(world, 'new').length === 0;
    });
    paused(world);
    assert.deepEqual([of(world, 'hash-1').length, of(world, 'newest').length], [3, 2]);
  });
});

describe('a canary goes straight through', () => {
  const goes = (world: Simulator) => {
    ended(world);
    assert.equal(last(world)?.state, 'succeeded');
    assert.equal(last(world)?.canary, undefined);
  };

  it('where it is the first deployment', () => {
    const world = begin(wish());
    assert.deepEqual([last(world)?.state, last(world)?.canary], ['succeeded', undefined]);
  });

  it('where it touches no container', () => {
    const world = begin(wish());
    world.deploy(spec(wish(4, [9])), 'good', 'hash-1');
    goes(world);
  });

  it('where nothing serves', () => {
    const world = begin(wish(2));
    for (const box of world.boxes.values())
      box.view = { ...box.view, state: 'exited', exitCode: 1, finishedAt: world.engineNow() };
    world.deploy(spec(wish(2)), 'good', 'new');
    goes(world);
    assert.match(JSON.stringify(of(world, 'new').map(({ routed }) => routed)), /^\[true,true\]$/);
  });

  it('but not while the engine cannot be read: what serves is not known then', () => {
    const world = begin(wish(2));
    world.engineSince = undefined;
    world.deploy(spec(wish(2)), 'good', 'new');
    passes(world, MINUTE);
    assert.ok(last(world)?.canary);
    world.engineSince = world.now;
    paused(world);
  });
});

it('the forecast of a canary ends where a user decides', () => {
  const world = begin(wish());
  const from = world.revisions.get(1);
  assert.ok(from);
  const { steps, downtime } = forecast({
    service: world.service,
    from,
    to: { ...from, number: 2, hash: 'new', spec: spec(wish()) },
    replicas: 4,
    tasks: running(world),
    deployment: { canary: { step: 1, of: 3, weight: 5, by: 'client', at: 0 }, before: { replicas: 4 } },
  });
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['pull', 'assign', 'start', 'route', 'pause'],
  );
  assert.equal(downtime, 0);
});
