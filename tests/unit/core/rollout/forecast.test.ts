import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '../../../../src/core/model/revision.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import { forecast } from '../../../../src/core/rollout/forecast.ts';
import { spec } from './spec.ts';

const revision = (number: number, wish: Parameters<typeof spec>[0] = {}): Revision => ({
  project: 'shop',
  service: 'web',
  number,
  spec: spec({ replicas: 2, ...wish }),
  hash: `h${number}`,
  createdAt: 0,
});

const running = (slot: number): Task => ({
  id: `old-${slot}`,
  project: 'shop',
  service: 'web',
  slot,
  revision: 1,
  hash: 'h1',
  node: 'local',
  address: '10.208.0.2',
  attempt: 0,
  phase: 'run',
  routed: true,
  assignedAt: 5,
  reason: '',
});

const kinds = (input: Parameters<typeof forecast>[0]) =>
  forecast(input).steps.map((step) => ('slot' in step ? `${step.kind} ${step.slot}` : step.kind));

test('a new service: pull, then every slot at once, then routed', () => {
  assert.deepEqual(kinds({ to: revision(1), replicas: 2, tasks: [] }), [
    'pull',
    'assign 1',
    'assign 2',
    'start 1',
    'start 2',
    'route 1',
    'route 2',
    'switched',
    'succeed',
  ]);
});

test('start-first: the new task is routed before the old one leaves, and the last old one is stopped only after success', () => {
  assert.deepEqual(kinds({ from: revision(1), to: revision(2), replicas: 2, tasks: [running(1), running(2)] }), [
    'pull',
    'assign 1',
    'start 1',
    'route 1',
    'unroute 1',
    'assign 2',
    'stop 1',
    'start 2',
    'route 2',
    'unroute 2',
    'switched',
    'succeed',
    'stop 2',
  ]);
});

const port = (host: number) => ({
  ports: [{ address: '127.0.0.1', host, container: 8080, protocol: 'tcp' as const }],
});

test('a host port: stop-first, one slot after the other, with an estimate of the downtime', () => {
  const input = {
    from: revision(1, port(9000)),
    to: revision(2, port(9000)),
    replicas: 2,
    tasks: [running(1), running(2)],
  };
  assert.deepEqual(kinds(input).slice(0, 7), [
    'pull',
    'unroute 1',
    'stop 1',
    'assign 1',
    'start 1',
    'route 1',
    'unroute 2',
  ]);
  assert.ok(forecast(input).downtime > 0);
});

test('a host port that no old task holds is no reason to stop one first', () => {
  for (const before of [{}, port(9001)]) {
    const input = { from: revision(1, before), to: revision(2, port(9000)), replicas: 1, tasks: [running(1)] };
    assert.deepEqual(kinds(input).slice(0, 5), ['pull', 'assign 1', 'start 1', 'route 1', 'unroute 1']);
    assert.equal(forecast(input).downtime, 0);
  }
});

const health = { command: ['true'], interval: 5_000, timeout: 1_000, failures: 3, startPeriod: 0 };

test('stop-first takes longer where a command says when a task is ready', () => {
  const [probed, commanded] = [{}, { health }].map((more) => {
    const to = revision(2, { ...port(9000), ...more });
    return forecast({ from: revision(1, port(9000)), to, replicas: 1, tasks: [running(1)] }).downtime;
  });
  assert.ok(probed !== undefined && commanded !== undefined && probed > 0 && commanded > probed);
});

test('a health command passes in time, beside a port and without one', () => {
  for (const port of [8080, undefined]) {
    const to = revision(2, { port, health });
    const steps = kinds({ from: revision(1), to, replicas: 1, tasks: [running(1)] });
    assert.deepEqual(steps.slice(-2), ['succeed', 'stop 1'], steps.join());
  }
});

test('start-first has no downtime', () => {
  assert.equal(
    forecast({ from: revision(1), to: revision(2), replicas: 2, tasks: [running(1), running(2)] }).downtime,
    0,
  );
});
