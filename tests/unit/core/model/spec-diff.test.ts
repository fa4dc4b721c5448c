import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import { diffSpecs } from '../../../../src/core/model/spec-diff.ts';
import { spec } from './specs.ts';

const lines = (from: ServiceSpec | undefined, to: ServiceSpec): string[] =>
  diffSpecs(from, to).map((change) => `${change.path}: ${change.from} -> ${change.to}`);

const FULL = {
  port: 80,
  domains: ['a.example.com', 'b.example.com'],
  routes: [{ path: '/api', strip_prefix: true }, { path: '/' }],
  health: { path: '/up', host: 'a.test', interval: '5s' },
  env: { A: '1' },
  ports: ['[::1]:90:80/udp'],
  resources: { memory: '1Gi', cpu: 0.5 },
  reserve: { memory: '512Mi' },
  deploy: { monitor: '0s' },
  logging: { max_size: '1M' },
  command: ['a', 'b c'],
  placement: { node: 'local', labels: { disk: 'ssd' }, spread: 'zone' },
  ulimits: { nofile: { soft: 1, hard: 2 }, nproc: 5 },
  tmpfs: ['/run:size=1Mi'],
  shm_size: '64Mi',
};

test('equal specs differ in nothing', () => {
  assert.deepEqual(diffSpecs(spec(FULL), spec(FULL)), []);
});

test('of a new service what is not the default is told', () => {
  assert.deepEqual(lines(undefined, spec()), ['image: null -> nginx:1']);
  assert.deepEqual(lines(undefined, spec({ port: 80, domain: 'a.example.com', health: '/up' })), [
    'image: null -> nginx:1',
    'port: null -> 80',
    'domains: null -> a.example.com',
    'health.path: null -> /up',
  ]);
});

test("changes are told in the manifest's keys and units", () => {
  assert.deepEqual(
    lines(spec({ env: { B: '2' }, resources: { memory: '512Mi' } }), spec({ ...FULL, image: 'nginx:2' })),
    [
      'image: nginx:1 -> nginx:2',
      'command: null -> ["a","b c"]',
      'port: null -> 80',
      'domains: null -> a.example.com, b.example.com',
      'routes: null -> /api (strip_prefix), /',
      'health.path: null -> /up',
      'health.host: null -> a.test',
      'health.interval: null -> 5s',
      'health.timeout: null -> 3s',
      'health.failures: null -> 3',
      'health.start_period: null -> 30s',
      'env.B: 2 -> null',
      'env.A: null -> 1',
      'ports: null -> [::1]:90:80/udp',
      'resources.memory: 512Mi -> 1Gi',
      'resources.cpu: null -> 0.5',
      'reserve.memory: null -> 512Mi',
      'deploy.monitor: 5s -> 0s',
      'placement.node: null -> local',
      'placement.labels.disk: null -> ssd',
      'placement.spread: null -> zone',
      'logging.max_size: 10Mi -> 1M',
      'tmpfs./run: null -> size=1048576',
      'shm_size: null -> 64Mi',
      'ulimits.nofile: null -> 1:2',
      'ulimits.nproc: null -> 5',
    ],
  );
});

test('every field of a spec shows when it changes', () => {
  const changes = {
    pull: 'never',
    entrypoint: ['x'],
    drain_timeout: '1s',
    stop_grace: '1s',
    stop_signal: 'SIGINT',
    restart: 'never',
    init: false,
    user: '1',
    working_dir: '/a',
    labels: { a: 'b' },
    extra_hosts: ['a:10.0.0.1'],
    read_only: true,
    cap_drop: ['ALL'],
    cap_keep: ['NET_RAW'],
    replicas: 0,
  };
  const full: object = spec(FULL);
  for (const [key, value] of Object.entries({ ...FULL, ...changes })) {
    const base = key === 'domains' || key === 'routes' || key === 'health' ? { port: 80 } : {};
    const needed =
      key === 'routes' ? { domains: FULL.domains } : key === 'reserve' ? { resources: FULL.resources } : {};
    assert.notDeepEqual(diffSpecs(spec({ ...base, ...needed }), spec({ ...base, ...needed, [key]: value })), [], key);
  }
  assert.ok(Object.keys(full).length >= 32, 'a field was added or lost: show it in the diff and count it here');
});

/** Each value in it, by its path. */
function* leaves(value: unknown, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  if (typeof value !== 'object' || value === null) yield path;
  else for (const [key, each] of Object.entries(value)) yield* leaves(each, [...path, key]);
}

function changedAt(value: unknown, [key, ...rest]: readonly (string | number)[]): unknown {
  if (key !== undefined) {
    const copy = structuredClone(value) as Record<string | number, unknown>;
    copy[key] = changedAt(copy[key], rest);
    return copy;
  }
  if (typeof value === 'number') return value * 2 + 1024;
  return typeof value === 'boolean' ? !value : `${value}x`;
}

test('no field can change and be left out', () => {
  const whole: ServiceSpec = {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the manifest's reference
    ...spec({ ...FULL, image: 'acme/web:${push.sha}', labels: { a: 'b' }, extra_hosts: ['db:10.0.0.1'], user: 'u' }),
    commit: 'abc',
    workingDir: '/srv',
    entrypoint: ['e'],
    capDrop: ['ALL'],
    capKeep: ['NET_RAW'],
  };
  const paths = [...leaves(whole)].filter(([key]) => key !== 'project' && key !== 'name');
  assert.ok(paths.length > 50, String(paths.length));
  for (const path of paths) {
    const changed = changedAt(whole, path) as ServiceSpec;
    assert.notDeepEqual(diffSpecs(whole, changed), [], path.join('.'));
  }
});

test('grants are told as they are written', () => {
  assert.deepEqual(lines(spec({ internal: true }), spec({ internal: ['crm', 'billing'] })), [
    'internal: true -> billing, crm',
  ]);
  assert.deepEqual(lines(spec({ internal: ['crm'] }), spec()), ['internal: crm -> null']);
});
