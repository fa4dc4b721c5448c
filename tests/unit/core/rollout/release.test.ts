import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { ObservedContainer } from '../../../../src/core/model/container.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import { forecast } from '../../../../src/core/rollout/forecast.ts';
import type { ServiceView, TaskView } from '../../../../src/core/rollout/observed.ts';
import { planService } from '../../../../src/core/rollout/plan-service.ts';
import { begin, only } from './passes.ts';
import { spec } from './spec.ts';

const RELEASES = { release: ['migrate'], deploy: { deadline: 60_000 } };
const NOW = 2_000_000_000;

/** A service that serves, with a deployment of a new revision and what is there of its release command. */
function view(run: Partial<Task> | undefined, container?: Partial<ObservedContainer>, rest: Partial<ServiceView> = {}) {
  const world = begin();
  world.deploy(spec(RELEASES));
  world.pulled.add(2);
  const base = world.view();
  const task: Task = {
    ...only(world),
    id: 'web-0-x',
    slot: 0,
    revision: 2,
    hash: 'hash-2',
    deployment: 2,
    assignedAt: NOW,
    container: undefined,
    routed: false,
    release: {},
    ...run,
  };
  const seen: TaskView = {
    task,
    container: container && {
      id: 'c',
      name: task.id,
      labels: {},
      state: 'running',
      startedAt: engineTime(1),
      startSeenAt: NOW,
      stateSince: NOW,
      oomKilled: false,
      restarts: 0,
      ...container,
    },
    engineSince: 'engineSince' in rest ? rest.engineSince : 0,
    routing: { everywhere: false, somewhere: false },
    failedRequests: 0,
  };
  return { ...base, releases: run ? [seen] : [], ...rest } satisfies ServiceView;
}

const planned = (seen: ServiceView, now = NOW) => {
  const { steps, waiting } = planService(seen, now);
  return {
    steps: steps.map((step) => `${step.kind}${'slot' in step ? ` ${step.slot}` : ''}`),
    reason: steps[0]?.reason,
    waiting,
  };
};
const CREATED = { state: 'created', startedAt: undefined } as const;
const BEGUN = { container: 'c', release: { begunAt: NOW } };

describe('a release command', () => {
  it('is assigned once the image is there, before anything else of the deployment', () => {
    assert.deepEqual(planned(view(undefined, undefined, { images: new Map() })).steps, ['pull']);
    assert.deepEqual(planned(view(undefined)).steps, ['assign 0']);
  });

  it('is started as long as that was not begun, and never again after', () => {
    assert.deepEqual(planned(view({})).steps, ['start 0']);
    assert.deepEqual(planned(view({}, CREATED)).steps, ['start 0']);
    assert.deepEqual(planned(view(BEGUN, CREATED)).steps, []);
    const lost = planned(view(BEGUN, CREATED), NOW + 60_000);
    assert.deepEqual(lost.steps, ['stop 0']);
    assert.match(lost.reason ?? '', /not known whether it ran/);
  });

  it('is waited for while it runs, until the deadline', () => {
    const runs = planned(view(BEGUN, {}));
    assert.deepEqual([runs.steps, runs.waiting[0]], [[], 'the release command is running']);
    assert.deepEqual(planned(view(BEGUN, {}), NOW + 60_000).steps, ['stop 0']);
  });

  it('that was seen to end, or whose container is gone, is told so', () => {
    const ended = view(BEGUN, { state: 'exited', exitCode: 3, finishedAt: engineTime(2) });
    assert.deepEqual(
      [planned(ended, NOW + 5_000).steps, planned(ended, NOW + 5_000).reason],
      [['bury 0'], 'exited with code 3'],
    );
    assert.match(planned(view(BEGUN), NOW + 5_000).reason ?? '', /not known how it ended/);
    assert.deepEqual(planned(view(BEGUN, undefined, { engineSince: undefined })).steps, []);
  });

  it('that ended with 0 lets the rollout begin; any other end fails it, and what served stays', () => {
    const end = { at: NOW, wanted: false, reason: 'exited' };
    const ended = { ...BEGUN, phase: 'ended' as const };
    assert.deepEqual(planned(view({ ...ended, end: { ...end, exitCode: 0 } })).steps, ['assign 1']);
    for (const bad of [
      { end: { ...end, exitCode: 1 } },
      { end },
      { end: { ...end, exitCode: 0 }, givenUp: true as const },
    ]) {
      const seen = view({ ...ended, ...bad });
      for (const rollback of [true, false]) {
        const target = {
          ...seen.target,
          spec: { ...seen.target.spec, deploy: { ...seen.target.spec.deploy, rollback } },
        };
        const [step] = planService({ ...seen, target }, NOW).steps;
        assert.ok(step?.kind === 'fail' && step.to === 1 && step.failure.task === 'web-0-x');
      }
    }
  });

  it('does not run on a rollback, a restart, a way back, or where no container is replaced', () => {
    const seen = view(undefined);
    const failure = { reason: '', log: [], failedRequests: 0, at: NOW };
    const hash = seen.from?.hash;
    for (const other of [
      { ...seen, target: { ...seen.target, rollbackOf: 1 } },
      { ...seen, deployment: seen.deployment && { ...seen.deployment, restart: true as const } },
      { ...seen, deployment: seen.deployment && { ...seen.deployment, failure } },
      { ...seen, target: { ...seen.target, hash } },
    ])
      assert.ok(!planned(other).steps.includes('assign 0'));
  });

  it('of a superseded deployment is waited for; that of a service which is stopped ends', () => {
    const old = { ...BEGUN, deployment: 1 };
    const superseded = planned(view(old, {}));
    assert.deepEqual(
      [superseded.steps, superseded.waiting[0]],
      [[], 'waits until the release command of deployment 1 has ended'],
    );
    const unstarted = planned(view({ deployment: 1 }));
    assert.deepEqual(unstarted.steps, ['stop 0']);
    const stopped = view(BEGUN, {});
    assert.ok(planned({ ...stopped, service: { ...stopped.service, paused: true } }).steps.includes('stop 0'));
  });

  it('is taken away once it has ended, and holds up no purge after that', () => {
    const ended = view(
      { ...BEGUN, phase: 'ended', end: { at: NOW, wanted: false, reason: '', exitCode: 0 } },
      { state: 'exited' },
    );
    assert.ok(planned(ended).steps.includes('sweep 0'));
  });

  it('has what ran before it looked after meanwhile', () => {
    const seen = view(BEGUN, {});
    const dead = seen.tasks.map((one) => ({ ...one, container: undefined }));
    assert.deepEqual(planned({ ...seen, tasks: dead }, NOW + 10_000).steps, ['bury 1']);
  });

  it('stands in the plan before any task', () => {
    const { target, from, tasks } = view(undefined);
    const { steps } = forecast({ from, to: target, replicas: 1, tasks: tasks.map(({ task }) => task) });
    assert.deepEqual(
      steps.slice(0, 3).map((step) => [step.kind, 'slot' in step ? step.slot : undefined]),
      [
        ['pull', undefined],
        ['assign', 0],
        ['assign', 1],
      ],
    );
  });
});
