import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import type { ObservedCheck, ObservedContainer } from '../../../../src/core/model/container.ts';
import { isReady, whyNotReady } from '../../../../src/core/rollout/judge.ts';
import type { Sight, TaskView } from '../../../../src/core/rollout/observed.ts';
import { planService } from '../../../../src/core/rollout/plan-service.ts';
import { taskStatus } from '../../../../src/core/status/task-status.ts';
import { begin, last, only, passes, running, settled, until } from './passes.ts';
import { spec } from './spec.ts';

const PACE = { interval: 1_000, timeout: 1_000, failures: 3, startPeriod: 5_000 };
const COMMAND = { health: { command: ['pg_isready'], ...PACE } };
const DATABASE = { ...COMMAND, port: undefined, domains: [], routes: [] };
const START = engineTime(50);

const container: ObservedContainer = {
  id: 'c1',
  name: 't1',
  labels: {},
  state: 'running',
  startedAt: START,
  startSeenAt: 0,
  stateSince: 0,
  oomKilled: false,
  restarts: 0,
};

/** A task of a service, as seen at 10 s. */
function seen(
  wish: Parameters<typeof spec>[0],
  view: Partial<TaskView>,
  routedStart?: typeof START,
): [Sight, TaskView] {
  const world = begin(wish);
  const task = { ...only(world), routedStart, routedAt: routedStart && 100, routed: routedStart !== undefined };
  const one: TaskView = {
    task,
    container,
    engineSince: 0,
    routing: { everywhere: true, somewhere: true },
    failedRequests: 0,
    ...view,
  };
  return [{ ...world.view(), deployment: undefined, tasks: [one] }, one];
}

const says = (ready: boolean, startedAt = START) =>
  ({
    container: 'c1',
    startedAt,
    ready,
    heldSince: 200,
    misses: ready ? 0 : 3,
    error: ready ? undefined : 'no response',
  }) as const;
const plane = (ready: boolean) => ({
  ...says(ready),
  task: 't1',
  since: planeTime(0),
  passes: 0,
  error: ready ? undefined : 'connection refused',
});
const check = (status: ObservedCheck['status'], rest: Partial<ObservedCheck> = {}): Partial<TaskView> => ({
  container: { ...container, check: { status, since: 300, misses: 0, wasHealthy: false, ...rest } },
});

describe('health by command', () => {
  it('decides whether a task without a port is ready, however long it has run', () => {
    for (const ready of [true, false]) {
      const [sight, one] = seen(DATABASE, { checked: says(ready) });
      assert.equal(isReady(sight, one, 10_000), ready);
    }
    const [sight, one] = seen(DATABASE, { checked: says(false) });
    assert.equal(whyNotReady(sight, one, 10_000), 'no response');
  });

  it('says nothing of another start of the container', () => {
    const [sight, one] = seen(DATABASE, { checked: says(true, engineTime(49)) });
    assert.deepEqual(
      [isReady(sight, one, 10_000), whyNotReady(sight, one, 10_000)],
      [false, 'it has not been probed yet'],
    );
  });

  it('is taken to pass by a master that has not run it yet, of what was routed at this start alone', () => {
    const ready = (start: typeof START) => isReady(...seen(DATABASE, {}, start), 10_000);
    assert.deepEqual([ready(START), ready(engineTime(49))], [true, false]);
    const [sight, one] = seen(DATABASE, { checked: says(false) }, START);
    assert.equal(isReady(sight, one, 10_000), false);
  });

  it('speaks beside the probe of the port: both must pass', () => {
    const ready = (checked: boolean, probed: boolean | undefined) =>
      isReady(
        ...seen(COMMAND, { checked: says(checked), health: probed === undefined ? undefined : plane(probed) }),
        10_000,
      );
    assert.deepEqual(
      [ready(true, true), ready(true, false), ready(false, true), ready(true, undefined)],
      [true, false, false, false],
    );
    const why = (view: Partial<TaskView>) => whyNotReady(...seen(COMMAND, view), 10_000);
    assert.equal(why({ checked: says(false), health: plane(true) }), 'no response');
    assert.equal(why({ checked: says(true), health: plane(false) }), 'connection refused');
  });

  it('is told as the reason of a task that is not ready', () => {
    const [sight, one] = seen(DATABASE, { checked: says(false) }, START);
    assert.deepEqual(
      [taskStatus(sight, one, 10_000).health, taskStatus(sight, one, 10_000).reason],
      ['failing', 'no response'],
    );
  });
});

describe('the HEALTHCHECK of an image', () => {
  const PLAIN = { port: undefined, domains: [], routes: [] };

  it('decides where the service declares neither port nor health', () => {
    const ready = (status: ObservedCheck['status']) => isReady(...seen(PLAIN, check(status)), 10_000);
    assert.deepEqual([ready('starting'), ready('healthy'), ready('unhealthy')], [false, true, false]);
    assert.equal(isReady(...seen(PLAIN, {}), 10_000), true);
  });

  it('is told with the output of its last miss', () => {
    const output = 'the HEALTHCHECK of its image exited with code 1: not today';
    assert.equal(whyNotReady(...seen(PLAIN, check('unhealthy', { output })), 10_000), output);
    const yet = 'it has not passed the HEALTHCHECK of its image yet';
    assert.equal(whyNotReady(...seen(PLAIN, check('starting')), 10_000), yet);
  });

  it('says nothing of a service with a port, or with health of its own', () => {
    assert.equal(isReady(...seen({}, { ...check('unhealthy'), health: plane(true) }), 10_000), true);
    assert.equal(isReady(...seen(DATABASE, { ...check('healthy'), checked: says(false) }), 10_000), false);
  });
});

describe('a service with a health command', () => {
  it('is deployed once the command passes, and goes back when it never does', () => {
    const world = begin(DATABASE);
    assert.equal(last(world)?.state, 'succeeded');
    world.deploy(spec({ ...DATABASE, deploy: { deadline: 20_000 } }), 'never-ready');
    settled(world);
    assert.deepEqual([last(world)?.state, world.service.revision], ['rolled-back', 1]);
    assert.match(last(world)?.failure?.reason ?? '', /web\.1 was not ready within 20 s: it says no$/);
  });

  it('goes back when the command turns bad within monitor', () => {
    const world = begin(DATABASE);
    world.deploy(spec(DATABASE), 'turns-bad');
    settled(world);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.match(last(world)?.failure?.reason ?? '', /was ready, then failed its probe: it says no$/);
  });

  it('has a task replaced after twice as many misses as take it out', () => {
    const world = begin(DATABASE);
    const before = only(world).id;
    world.trouble({ kind: 'hang', pick: 0 });
    passes(world, 2_000);
    assert.equal(only(world).id, before);
    until(world, 'another task', () => running(world).some(({ id }) => id !== before));
  });

  it('keeps what serves when the master begins anew', () => {
    const world = begin({ ...COMMAND, replicas: 2 });
    world.trouble({ kind: 'server-away', pick: 0 });
    const view = world.view();
    const blind = { ...view, tasks: view.tasks.map((one) => ({ ...one, checked: undefined })) };
    assert.deepEqual(planService(blind, world.now).steps, []);
  });
});
