import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { canonicalJson, containerHash } from '../../../../src/core/model/container-hash.ts';
import { spec } from './specs.ts';

const image = { ref: 'nginx:1', digest: `sha256:${'a'.repeat(64)}`, pinned: `nginx@sha256:${'a'.repeat(64)}` };
const hash = (keys: Readonly<Record<string, unknown>> = {}): string =>
  containerHash(spec({ port: 80, ...keys }), image);

const REPLACES: readonly Readonly<Record<string, unknown>>[] = [
  { command: ['a'] },
  { entrypoint: ['a'] },
  { port: 81 },
  { health: '/up' },
  { health: '/down' },
  { health: { path: '/up', port: 81 } },
  { health: { path: '/up', host: 'a.test' } },
  { health: { path: '/up', timeout: '1s' } },
  { env: { A: '1' } },
  { env: { A: '2' } },
  { ports: ['90:80'] },
  { resources: { memory: '64Mi' } },
  { resources: { cpu: 1 } },
  { stop_signal: 'SIGINT' },
  { stop_grace: '1s' },
  { restart: 'never' },
  { logging: { max_size: '1Mi' } },
  { logging: { max_files: 1 } },
  { init: false },
  { user: '1000' },
  { working_dir: '/a' },
  { labels: { a: 'b' } },
  { tmpfs: ['/run'] },
  { shm_size: '1Mi' },
  { extra_hosts: ['a:10.0.0.1'] },
  { read_only: true },
  { cap_drop: ['ALL'] },
  { cap_keep: ['NET_RAW'] },
  { resources: { pids: 512 } },
  { ulimits: { nofile: 10 } },
];

const KEEPS: readonly Readonly<Record<string, unknown>>[] = [
  { domain: 'a.example.com' },
  { domain: 'a.example.com', routes: [{ path: '/a' }] },
  { replicas: 5 },
  { deploy: { parallelism: 3, monitor: '1s', min_ready: '1s', deadline: '1m', rollback: false } },
  { drain_timeout: '1s' },
  { placement: { node: 'local' } },
  { reserve: { memory: '64Mi' } },
  { pull: 'never' },
  { resources: { pids: 4096 } },
];

test('what a container is created with changes its hash, each in its own way', () => {
  const hashes = [hash(), ...REPLACES.map(hash)];
  assert.equal(new Set(hashes).size, hashes.length);
});

test('what is read where it is used leaves the hash as it is', () => {
  for (const keys of KEEPS) assert.equal(hash(keys), hash(), JSON.stringify(keys));
});

test('an upgrade replaces no container: keys that came later are not in the hash while they have their default', () => {
  const keys = { resources: { memory: '64Mi', cpu: 1 }, cap_drop: ['MKNOD'] };
  assert.equal(hash(keys), 'e544aac36424a39060ab09e7e9257ad5');
});

test('how often is probed, and how many misses count, changes nothing of a container', () => {
  const often = { path: '/up', interval: '1s', failures: 1, start_period: '1s' };
  assert.equal(hash({ health: often }), hash({ health: '/up' }));
});

test('the same tag with a new digest is a change, another name for the same digest is none', () => {
  assert.notEqual(
    containerHash(spec(), image),
    containerHash(spec(), { ...image, digest: `sha256:${'b'.repeat(64)}` }),
  );
  assert.equal(
    containerHash(spec(), image),
    containerHash(spec({ image: 'mirror/nginx' }), { ...image, ref: 'mirror/nginx', pinned: 'x' }),
  );
});

test('the order of keys and of unordered lists does not matter', () => {
  assert.equal(hash({ env: { A: '1', B: '2' } }), hash({ env: { B: '2', A: '1' } }));
  assert.equal(hash({ cap_drop: ['MKNOD', 'NET_RAW'] }), hash({ cap_drop: ['NET_RAW', 'MKNOD'] }));
  assert.equal(hash({ ports: ['90:80', '91:80'] }), hash({ ports: ['91:80', '90:80'] }));
});

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, shuffled(child)]),
  );
};

test('canonical JSON is the same for every order of keys, and different for different values', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(canonicalJson(shuffled(value)), canonicalJson(value))));
  const json = fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value)));
  fc.assert(
    fc.property(json, json, (a, b) => assert.equal(canonicalJson(a) === canonicalJson(b), isDeepStrictEqual(a, b))),
  );
});

test('a spec read back from the store has the same hash', () => {
  for (const keys of REPLACES) {
    const before = spec({ port: 80, ...keys });
    assert.equal(containerHash(JSON.parse(JSON.stringify(before)), image), containerHash(before, image));
  }
});
