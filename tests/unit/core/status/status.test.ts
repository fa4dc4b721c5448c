import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import type { ContainerView, ObservedContainer } from '../../../../src/core/model/container.ts';
import type { Deployment } from '../../../../src/core/model/deployment.ts';
import type { Service } from '../../../../src/core/model/service.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import type { Sight, TaskView } from '../../../../src/core/rollout/observed.ts';
import { serviceStatus } from '../../../../src/core/status/service-status.ts';
import { taskStatus } from '../../../../src/core/status/task-status.ts';
import { spec } from '../rollout/spec.ts';

const NOW = 100_000;

const container = (rest: Partial<ObservedContainer> = {}): ObservedContainer => ({
  id: 'c1',
  name: 'web-1-a',
  labels: { 'orca.project': 'shop', 'orca.service': 'web' },
  state: 'running',
  startedAt: engineTime(1000),
  startSeenAt: 1000,
  stateSince: 1000,
  oomKilled: false,
  restarts: 0,
  ...rest,
});

const task = (rest: Partial<Task> = {}): Task => ({
  id: 'web-1-a',
  project: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  hash: 'h',
  node: 'local',
  address: '10.208.0.2',
  attempt: 0,
  phase: 'run',
  routed: true,
  routedAt: 2000,
  container: 'c1',
  assignedAt: 500,
  reason: 'deployed',
  ...rest,
});

const health = (rest: object = {}) => ({
  task: 'web-1-a',
  container: 'c1',
  startedAt: engineTime(1000),
  ready: true,
  since: planeTime(1500),
  heldSince: 1500,
  passes: 2,
  misses: 0,
  ...rest,
});

/** A task that serves. */
const seen = (rest: Partial<TaskView> = {}): TaskView => ({
  task: task(),
  container: container(),
  health: health(),
  engineSince: 0,
  routing: { everywhere: true, somewhere: true },
  failedRequests: 0,
  ...rest,
});

const slot = (number: number, rest: Partial<TaskView> = {}): TaskView => {
  const id = `web-${number}-a`;
  return seen({
    task: task({ id, slot: number }),
    container: container({ name: id }),
    health: health({ task: id }),
    ...rest,
  });
};

const view = (tasks: readonly TaskView[], rest: Partial<Sight> = {}, service: Partial<Service> = {}): Sight => ({
  releases: [],
  service: {
    project: 'shop',
    name: 'web',
    revision: 1,
    stable: 1,
    replicas: tasks.length,
    paused: false,
    removing: false,
    createdAt: 1,
    ...service,
  },
  target: { project: 'shop', service: 'web', number: 1, spec: spec(), hash: 'h', createdAt: 1 },
  tasks,
  engineSince: 0,
  ingressSince: 0,
  ...rest,
});

const statusOf = (given: Sight, deployments: readonly Deployment[] = [], containers: readonly ContainerView[] = []) =>
  serviceStatus({ sight: given, deployments, containers: [{ node: 'local', containers }] }, NOW);

describe('the status of a task', () => {
  const of = (one: TaskView, rest: Partial<Sight> = {}) => taskStatus(view([one], rest), one, NOW);
  const brief = (one: TaskView, rest: Partial<Sight> = {}) => {
    const { state, health: word, serves } = of(one, rest);
    return [state, word, serves];
  };

  it('goes from assigned to starting to running, ready and routed', () => {
    const fresh = { task: task({ container: undefined, routed: false, routedAt: undefined }), health: undefined };
    const nowhere = { routing: { everywhere: false, somewhere: false } };
    assert.deepEqual(brief(seen({ ...fresh, ...nowhere, container: undefined })), ['assigned', 'waiting', false]);
    const made = container({ state: 'created', startedAt: undefined });
    assert.deepEqual(brief(seen({ ...fresh, ...nowhere, container: made })), ['starting', 'waiting', false]);
    assert.deepEqual(brief(seen({ ...fresh, ...nowhere })), ['running', 'waiting', false]);
    assert.deepEqual(brief(seen({ ...nowhere, task: task({ routed: false }) })), ['running', 'ready', false]);
    assert.deepEqual(brief(seen()), ['running', 'ready', true]);
  });

  it('ends as stopped when that was wanted, and as failed when not', () => {
    const end = (wanted: boolean) => ({
      at: 1,
      wanted,
      reason: wanted ? 'scaled down' : 'exited with code 3',
      exitCode: 3,
    });
    assert.deepEqual(brief(seen({ task: task({ phase: 'stop' }) })), ['stopping', 'none', false]);
    const stopped = seen({ task: task({ phase: 'ended', end: end(true) }), container: undefined });
    assert.deepEqual(brief(stopped), ['stopped', 'none', false]);
    const failed = of(seen({ task: task({ phase: 'ended', end: end(false) }), container: undefined }));
    assert.deepEqual([failed.state, failed.reason, failed.exitCode], ['failed', 'exited with code 3', 3]);
  });

  it('is failed as soon as its container is seen dead or gone, before anyone buries it', () => {
    const died = of(
      seen({
        container: container({
          state: 'exited',
          exitCode: 137,
          oomKilled: true,
          finishedAt: engineTime(3),
          stateSince: 3,
        }),
      }),
    );
    assert.deepEqual(
      [died.state, died.health, died.reason, died.exitCode],
      ['failed', 'none', 'ran out of memory', 137],
    );
    assert.deepEqual(brief(seen({ container: undefined })), ['failed', 'none', false]);
  });

  it('stays running while Docker restarts it, failing and counted', () => {
    const again = of(seen({ container: container({ state: 'restarting', restarts: 4, exitCode: 1 }) }));
    assert.deepEqual([again.state, again.health, again.restarts], ['running', 'failing', 4]);
    assert.match(again.reason, /exited with code 1 and Docker restarts it/);
    const restarted = seen({ container: container({ startedAt: engineTime(9000), restarts: 1 }) });
    assert.deepEqual(brief(restarted), ['running', 'failing', false]);
  });

  it('is unknown, never gone, while its node cannot be read', () => {
    assert.deepEqual(brief(seen({ container: 'unknown' }), { engineSince: undefined }), ['running', 'unknown', false]);
    const unrouted = seen({ container: 'unknown', task: task({ routedAt: undefined }) });
    assert.deepEqual(brief(unrouted, { engineSince: undefined }), ['starting', 'unknown', false]);
  });

  it('says while its node cannot be read that without a port nothing else tells of it', () => {
    const why = (port?: number) => {
      const sight = view([seen({ container: 'unknown' })], { engineSince: undefined });
      const target = { ...sight.target, spec: { ...sight.target.spec, port } };
      return taskStatus({ ...sight, target }, seen({ container: 'unknown' }), NOW).reason;
    };
    assert.equal(why(8080), 'its node cannot be read');
    assert.match(why(), /^its node cannot be read, and nothing else tells .* no port$/);
  });

  it('is unknown when it runs and no data plane is there to probe it', () => {
    const unseen = seen({ health: undefined, routing: { everywhere: false, somewhere: true } });
    assert.deepEqual(brief(unseen, { ingressSince: undefined }), ['running', 'unknown', false]);
  });
});

describe('the status of a service', () => {
  it('is running when as many slots serve as are wanted', () => {
    const report = statusOf(view([slot(1), slot(2)]));
    assert.deepEqual([report.word, report.running, report.servingRevision], ['running', 2, 1]);
  });

  it('counts what serves, not what is wished or merely runs', () => {
    const unrouted = slot(2, { routing: { everywhere: false, somewhere: true } });
    const report = statusOf(view([slot(1), unrouted]));
    assert.deepEqual([report.word, report.running], ['degraded', 1]);
    const unready = slot(2, { health: health({ ready: false, misses: 3, error: 'GET /healthz answered 500' }) });
    const failing = statusOf(view([slot(1), unready]));
    assert.deepEqual([failing.word, failing.running], ['degraded', 1]);
    assert.match(failing.reason, /1 of 2 serving; web.2: GET \/healthz answered 500/);
  });

  it('counts a slot once, though its old and new task both serve', () => {
    const old = slot(1, { task: task({ id: 'web-1-b' }) });
    assert.equal(statusOf(view([slot(1), old], {}, { replicas: 1 })).running, 1);
  });

  it('is deploying while a deployment is active, whatever serves', () => {
    const deployment: Deployment = {
      id: 4,
      project: 'shop',
      service: 'web',
      to: 2,
      state: 'paused',
      strategy: 'rolling',
      reason: 'waits',
      startedAt: 1,
    };
    const report = statusOf(view([slot(1)], { deployment }));
    assert.deepEqual([report.word, report.reason, report.running], ['deploying', 'deployment 4: waits', 1]);
  });

  const brief = ({ word, reason }: { word: string; reason: string }) => `${word}: ${reason}`;

  it('is stopped by a user, and stopping until the last task has gone', () => {
    assert.equal(brief(statusOf(view([], {}, { paused: true, replicas: 2 }))), 'stopped: stopped by a user');
    const one = statusOf(view([slot(1)], {}, { paused: true }));
    assert.equal(brief(one), 'stopping: stopped by a user, 1 task is still running');
    const both = statusOf(view([slot(1), slot(2)], {}, { removing: true }));
    assert.equal(brief(both), 'stopping: being removed, 2 tasks are still running');
  });

  it('is scaled to zero when no replicas are wanted, and none runs any more', () => {
    assert.equal(brief(statusOf(view([], {}, { replicas: 0 }))), 'scaled-to-zero: scaled to 0');
    const last = statusOf(view([slot(1)], {}, { replicas: 0 }));
    assert.equal(brief(last), 'stopping: scaled to 0, 1 task is still running');
  });

  it('is stopped, not failed, when its tasks ran to their end as they may', () => {
    const end = { at: 50, wanted: false, reason: 'exited with code 0', exitCode: 0 };
    const over = (number: number) =>
      slot(number, {
        task: task({ id: `web-${number}-a`, slot: number, phase: 'ended', routed: false, end }),
        container: undefined,
      });
    const target = { ...view([]).target, spec: spec({ restart: 'never' }) };
    const report = statusOf(view([over(1)], { target }));
    assert.deepEqual(
      [report.word, report.reason, report.lastFailure],
      ['stopped', 'all tasks ran to completion', undefined],
    );
    const half = statusOf(view([slot(1), over(2)], { target }));
    assert.deepEqual([half.word, half.reason], ['running', '1 of 2 serving, 1 completed']);
    assert.equal(statusOf(view([over(1)])).word, 'failed', 'one that is always to run has failed');
  });

  it('is degraded when another revision serves than is wanted: a failed one that was not to go back', () => {
    const target = { ...view([]).target, number: 21, hash: 'h2' };
    const failure = { reason: 'web.1 exited 3 times before it was ready', log: [], failedRequests: 0, at: 70 };
    const deployment = { id: 4, project: 'shop', service: 'web', from: 1, to: 21, strategy: 'rolling' as const };
    const failed: Deployment = { ...deployment, state: 'failed', reason: 'x', startedAt: 1, failure };
    const report = statusOf(view([slot(1)], { target }, { revision: 21 }), [failed]);
    assert.deepEqual(
      [report.word, report.running, report.reason],
      ['degraded', 1, `revision 1 is serving instead of 21: ${failure.reason}`],
    );
  });

  it('is failed when nothing serves and nothing is on its way, and tells the last failure', () => {
    const end = { at: 50, wanted: false, reason: 'exited with code 3', exitCode: 3 };
    const report = statusOf(
      view([slot(1, { task: task({ phase: 'ended', end }), container: undefined })], {}, { stable: undefined }),
    );
    assert.equal(report.word, 'failed');
    assert.match(report.reason, /nothing is running: exited with code 3/);
    assert.deepEqual(report.lastFailure, { at: 50, reason: 'exited with code 3', task: 'web-1-a', exitCode: 3 });
  });

  it('is degraded, not failed, while something that has served is on its way again', () => {
    const coming = slot(1, { health: undefined, routing: { everywhere: false, somewhere: false } });
    assert.equal(statusOf(view([coming])).word, 'degraded');
  });

  it('is starting while nothing serves yet, and degraded while too few do', () => {
    const fresh = (number: number) =>
      slot(number, {
        task: task({ id: `web-${number}-a`, slot: number, routed: false, routedAt: undefined, container: undefined }),
        container: undefined,
        health: undefined,
        routing: { everywhere: false, somewhere: false },
      });
    assert.equal(brief(statusOf(view([fresh(1)]))), 'starting: 0 of 1 serving; web.1 is starting');
    assert.equal(
      brief(statusOf(view([slot(1), fresh(2), fresh(3)]))),
      'degraded: 1 of 3 serving; web.2 and web.3 are starting',
    );
    assert.equal(brief(statusOf(view([], {}, { replicas: 1 }))), 'starting: 0 of 1 serving');
    const unready = { health: health({ task: 'web-1-a', ready: false, error: 'GET /healthz answered 503' }) };
    const probed = slot(1, { task: task({ routed: false, routedAt: undefined }), ...unready });
    assert.equal(
      brief(statusOf(view([probed]))),
      'starting: 0 of 1 serving; web.1 is starting: GET /healthz answered 503',
    );
  });

  it('is degraded, never failed, while a data plane that has just come has no table yet', () => {
    const routing = { everywhere: false, somewhere: true };
    const died = slot(1, {
      task: task({ id: 'web-1-b', phase: 'ended', end: { at: 1, wanted: false, reason: 'died' } }),
    });
    const untold = statusOf(view([slot(1, { routing }), died], {}, { replicas: 1 }));
    assert.equal(brief(untold), 'degraded: 0 of 1 serving; a data plane has not acknowledged yet that web.1 is routed');
  });

  it('tells what serves on other nodes while one of them cannot be read', () => {
    const half = statusOf(
      view([slot(1), slot(2, { container: 'unknown', engineSince: undefined })], { engineSince: undefined }),
    );
    assert.deepEqual([half.word, half.running], ['degraded', 1]);
    assert.equal(half.reason, '1 of 2 serving; web.2: its node cannot be read');
  });

  it('says what keeps a slot from getting on, of the service and of the task that should', () => {
    const blocked = new Map([[2, 'no node takes web.2: m1: it is down']]);
    const short = statusOf(view([slot(1)], { blocked }, { replicas: 2 }));
    assert.deepEqual([short.word, short.reason], ['degraded', '1 of 2 serving; no node takes web.2: m1: it is down']);
    const held = new Map([[1, 'web.1 stays, though m1 is drained: no other node takes it']]);
    const whole = statusOf(view([slot(1), slot(2)], { blocked: held }));
    assert.deepEqual([whole.word, whole.reason], ['running', '2 of 2 serving']);
    const [first, second] = whole.tasks.map(({ reason }) => reason.includes('stays, though m1 is drained'));
    assert.deepEqual([first, second], [true, false]);
  });

  it('is unknown while the engine cannot be read, and so is how many serve', () => {
    const unread = { engineSince: undefined };
    const blind = statusOf(view([slot(1, { container: 'unknown' })], unread));
    assert.deepEqual([blind.word, blind.running], ['unknown', undefined]);
    assert.equal(blind.reason, 'orca cannot read the Docker engine; web.1: its node cannot be read');
    const named = slot(1, { container: 'unknown', unreadNode: 'its node m2 cannot be read: it is away' });
    const told = statusOf(view([named], unread));
    assert.equal(told.reason, 'orca cannot read the Docker engine; web.1: its node m2 cannot be read: it is away');
    assert.equal(told.tasks[0]?.reason, 'its node m2 cannot be read: it is away');
    const deployment: Deployment = {
      id: 4,
      project: 'shop',
      service: 'web',
      to: 2,
      state: 'running',
      strategy: 'rolling',
      reason: 'waits',
      startedAt: 1,
    };
    const known = (rest: Partial<Sight>, wish: Partial<Service>) =>
      statusOf(view([], { ...unread, ...rest }, { replicas: 2, ...wish })).word;
    assert.deepEqual(
      [known({ deployment }, {}), known({}, { paused: true }), known({}, { replicas: 0 })],
      ['deploying', 'stopped', 'scaled-to-zero'],
      'what is written down is known',
    );
  });

  it('is degraded, never failed or running, while no data plane tells of it', () => {
    const unprobed = slot(1, { health: undefined, routing: { everywhere: false, somewhere: true } });
    const dark = statusOf(view([unprobed], { ingressSince: undefined }));
    assert.equal(dark.word, 'degraded');
    assert.match(dark.reason, /no data plane is connected/);
  });

  it('tells the newest of the failures of rollouts and tasks', () => {
    const failure = { reason: 'web.1 was not ready in time', log: [], failedRequests: 0, at: 70 };
    const deployment: Deployment = {
      id: 4,
      project: 'shop',
      service: 'web',
      to: 2,
      state: 'rolled-back',
      strategy: 'rolling',
      reason: 'x',
      startedAt: 1,
      failure,
    };
    const end = { at: 60, wanted: false, reason: 'exited with code 3' };
    const ended = slot(2, { task: task({ id: 'web-2-a', slot: 2, phase: 'ended', end }) });
    const report = statusOf(view([slot(1), ended], {}, { replicas: 1 }), [deployment]);
    assert.equal(report.lastFailure?.at, 70);
    assert.equal(report.word, 'running');
  });

  it('names the containers of the service that no task accounts for', () => {
    const stray = container({ name: 'web-9-x' });
    const others = container({ name: 'api-1-a', labels: { 'orca.project': 'shop', 'orca.service': 'api' } });
    const report = statusOf(view([slot(1)]), [], [container(), stray, others]);
    assert.deepEqual(report.unknown, ['web-9-x']);
    const containers = ['local', 'm2'].map((node) => ({ node, containers: [container()] }));
    const forged = serviceStatus({ sight: view([slot(1)]), deployments: [], containers }, NOW);
    assert.deepEqual(forged.unknown, ['web-1-a'], 'of that name there is a task, on another node');
  });

  it('accounts for the container of an ended task while its log is copied, but not for one that lives again', () => {
    const end = { at: 60, wanted: false, reason: 'exited with code 3' };
    const unknownIn = (state: 'exited' | 'running') => {
      const old = container({ name: 'web-2-a', state });
      const ended = slot(2, { task: task({ id: 'web-2-a', slot: 2, phase: 'ended', end }), container: old });
      return statusOf(view([slot(1), ended]), [], [container(), old]).unknown;
    };
    assert.deepEqual([unknownIn('exited'), unknownIn('running')], [[], ['web-2-a']]);
  });
});
