import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { ContainerView } from '../../../../src/core/model/container.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import { buildTable, type RoutedService } from '../../../../src/core/route/build-table.ts';
import { checkDelay, commandChecks, unchecked } from '../../../../src/core/route/command-checks.ts';
import { step } from '../../../../src/core/route/readiness.ts';
import { spec } from '../rollout/spec.ts';

const START = engineTime(7);
const health = { command: ['check', 'me'], interval: 10_000, timeout: 2_000, failures: 3, startPeriod: 0 };

const container: ContainerView = {
  id: 'c1',
  name: 't1',
  labels: {},
  state: 'running',
  startedAt: START,
  oomKilled: false,
  restarts: 0,
};

const task: Task = {
  id: 't1',
  project: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  hash: 'h1',
  node: 'local',
  address: '10.0.0.2',
  attempt: 0,
  phase: 'run',
  routed: true,
  routedStart: START,
  assignedAt: 0,
  reason: '',
};

function routed(rest: Partial<RoutedService['tasks'][number]> = {}, wish = spec({ health })): RoutedService {
  const service = {
    project: 'shop',
    name: 'web',
    revision: 1,
    replicas: 1,
    paused: false,
    removing: false,
    createdAt: 0,
    stable: 1,
  };
  const target = { project: 'shop', service: 'web', number: 1, spec: wish, hash: 'h1', createdAt: 0 };
  return { service, target, tasks: [{ task, spec: wish, container, ...rest }] };
}

const inPool = (one: RoutedService) =>
  buildTable([one]).pools.flatMap(({ shares }) => shares.flatMap(({ targets }) => targets));
const says = (ready: boolean, startedAt = START) => ({ container: 'c1', startedAt, ready, heldSince: 0, misses: 0 });

describe('the health commands to run', () => {
  it('are those of running tasks, in the container that runs now', () => {
    const [one, ...rest] = commandChecks(routed());
    assert.deepEqual(rest, []);
    assert.deepEqual(one, {
      task: 't1',
      node: 'local',
      service: 'shop/web',
      container: 'c1',
      startedAt: START,
      command: ['check', 'me'],
      pace: { interval: 10_000, timeout: 2_000, failures: 3 },
      believed: true,
    });
    for (const none of [
      { container: undefined },
      { container: { ...container, state: 'exited' as const } },
      { task: { ...task, phase: 'ended' as const } },
    ])
      assert.deepEqual(commandChecks(routed(none)), []);
    assert.deepEqual(commandChecks(routed({}, spec())), []);
  });

  it('are run often enough within monitor to be found failing in it', () => {
    const deployment = {
      ...routed(),
      deployment: {
        id: 1,
        project: 'shop',
        service: 'web',
        to: 1,
        state: 'running' as const,
        strategy: 'rolling' as const,
        reason: '',
        startedAt: 0,
      },
    };
    assert.equal(commandChecks(deployment)[0]?.pace.interval, 1_000);
  });

  it('pass from the beginning where the task was routed at this start', () => {
    const [one] = commandChecks(routed());
    const [other] = commandChecks(routed({ task: { ...task, routedStart: engineTime(6) } }));
    assert.ok(one && other);
    assert.deepEqual([unchecked(one, 5).ready, unchecked(other, 5).ready], [true, false]);
  });

  it('are run at once, then not more often than ten times a second until ready, then at the interval', () => {
    const [one] = commandChecks(routed({ task: { ...task, routedStart: undefined } }));
    assert.ok(one);
    let state = unchecked(one, 0);
    assert.equal(checkDelay(state, one, true), 0);
    const delays = Array.from({ length: 12 }, (_, n) => {
      state = step(state, { kind: 'miss', error: 'no' }, one.pace, n);
      return checkDelay(state, one, false);
    });
    assert.deepEqual([delays[0], delays.at(-1)], [100, 1_000]);
    for (const n of [20, 21]) state = step(state, { kind: 'pass' }, one.pace, n);
    assert.deepEqual([state.ready, checkDelay(state, one, false)], [true, 10_000]);
  });
});

describe('the table', () => {
  it('routes to whom the health command lets pass', () => {
    assert.deepEqual(inPool(routed({ checked: says(true) })), ['t1']);
    assert.deepEqual(inPool(routed({ checked: says(false) })), []);
  });

  it('keeps as a target whom the command does not let pass: it may have requests in flight', () => {
    assert.deepEqual(
      buildTable([routed({ checked: says(false) })]).targets.map(({ task }) => task),
      ['t1'],
    );
  });

  it('keeps what was routed at this start, before the command was run once', () => {
    assert.deepEqual(inPool(routed()), ['t1']);
    assert.deepEqual(inPool(routed({ checked: says(false, engineTime(6)) })), ['t1']);
    assert.deepEqual(inPool(routed({ task: { ...task, routedStart: engineTime(6) } })), []);
  });

  it('has tasks without a health command whatever is said', () => {
    assert.deepEqual(inPool(routed({ checked: says(false) }, spec())), ['t1']);
  });
});
