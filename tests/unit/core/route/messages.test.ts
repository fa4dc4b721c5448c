import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLineSplitter } from '../../../../src/core/route/lines.ts';
import { isTable, readFromDataPlane, readToDataPlane } from '../../../../src/core/route/messages.ts';

const table = {
  id: { cluster: 'c', term: 1, revision: 2 },
  pools: [{ name: 'p/web', service: 'p/web', shares: [{ weight: 1, targets: ['t1'] }] }],
  routes: [{ host: 'a.test', path: '/', stripPrefix: false, pool: 'p/web' }],
  targets: [
    {
      task: 't1',
      service: 'p/web',
      revision: 1,
      address: '10.0.0.1',
      port: 80,
      container: 'abc',
      startedAt: 5,
      probe: { path: '/health', port: 80, interval: 1000, timeout: 500, failures: 3 },
    },
  ],
};

test('each message of the protocol is read as it was written', () => {
  for (const message of [
    { type: 'hello', protocol: 2, cluster: 'c', term: 3 },
    { type: 'hello', protocol: 2, cluster: 'c', term: 0, as: 'keeper' },
    { type: 'table', table },
    { type: 'stop', grace: 100 },
  ]) {
    assert.deepEqual(readToDataPlane(JSON.stringify(message)), message);
  }
  const counters = { task: 't1', inflight: 0, streams: 1, requests: 2, errors: 3, failed: 4 };
  const health = { task: 't1', container: 'abc', startedAt: 5, ready: true, since: 6, passes: 2, misses: 0 };
  for (const message of [
    { type: 'hello', protocol: 2, version: '1', pid: 3, startedAt: 4 },
    { type: 'hello', protocol: 2, version: '1', pid: 3, startedAt: 4, settings: { http: '[::]:80' } },
    { type: 'hello', protocol: 2, version: '1', pid: 3, startedAt: 4, ports: [80] },
    { type: 'hello', protocol: 2, version: '1', pid: 3, startedAt: 4, splits: ['request', 'what comes later'] },
    { type: 'refused', reason: 'no' },
    { type: 'workers', workers: [{ id: 1, pid: 2, table: null, draining: false }] },
    { type: 'health', targets: [{ ...health, wasReady: true, error: 'x' }] },
    { type: 'stats', targets: [counters] },
  ]) {
    assert.deepEqual(readFromDataPlane(JSON.stringify(message)), message);
  }
});

test('a hello of who says that he is something else is refused', () => {
  const hello = { type: 'hello', protocol: 2, cluster: 'c', term: 0, as: 'root' };
  assert.equal(readToDataPlane(JSON.stringify(hello)), undefined);
});

test('a hello whose settings are not texts is refused', () => {
  const hello = { type: 'hello', protocol: 2, version: '1', pid: 3, startedAt: 4 };
  for (const settings of [null, 'x', [], { http: 80 }]) {
    assert.equal(readFromDataPlane(JSON.stringify({ ...hello, settings })), undefined, JSON.stringify(settings));
  }
});

test('a hello whose ports are none, or far too many, is refused', () => {
  const hello = { type: 'hello', protocol: 2, version: '1', pid: 3, startedAt: 4 };
  for (const ports of [null, 80, ['80'], [0], [65_536], Array(17).fill(80)]) {
    assert.equal(readFromDataPlane(JSON.stringify({ ...hello, ports })), undefined, JSON.stringify(ports));
  }
});

test('a table with any field missing or of another type is refused', () => {
  const paths = leaves(table);
  assert.ok(paths.length > 15);
  for (const path of paths) {
    if (path.join('.') === 'targets.0.probe.path') continue;
    for (const value of [undefined, null, {}, [[]], -1.5]) {
      if (typeof value === 'number' && /startedAt|interval|timeout|weight|^targets.0.revision$/.test(path.join('.')))
        continue;
      assert.equal(isTable(replaced(table, path, value)), false, `${path.join('.')} = ${JSON.stringify(value)}`);
    }
  }
});

test('a name that nothing has is refused, and so is one that two have', () => {
  assert.equal(isTable({ ...table, targets: [] }), false);
  assert.equal(isTable({ ...table, pools: [] }), false);
  assert.equal(isTable({ ...table, targets: [...table.targets, ...table.targets] }), false);
  assert.equal(isTable({ ...table, pools: [...table.pools, ...table.pools] }), false);
});

test('tasks of other nodes are those of nodes that the table knows', () => {
  const others = [{ node: 'b', revision: 1, weight: 2 }];
  const pools = table.pools.map((pool) => ({ ...pool, shares: [{ weight: 1, targets: [], others }] }));
  const peers = [{ node: 'b', address: '10.0.0.2', port: 6882 }, { node: 'c' }];
  assert.equal(isTable({ ...table, pools, peers }), true);
  assert.equal(isTable({ ...table, pools }), false);
  assert.equal(isTable({ ...table, pools, peers: [...peers, { node: 'b' }] }), false);
  for (const peer of [{ node: 1 }, { node: 'b', port: 0 }, { node: 'b', address: 7 }, null])
    assert.equal(isTable({ ...table, peers: [peer] }), false, JSON.stringify(peer));
  for (const change of [{ node: 1 }, { revision: -1 }, { weight: '2' }]) {
    const wrong = pools.map((pool) => ({
      ...pool,
      shares: [{ weight: 1, targets: [], others: [{ ...others[0], ...change }] }],
    }));
    assert.equal(isTable({ ...table, pools: wrong, peers }), false, JSON.stringify(change));
  }
});

test('what is said of requests from node to node is read as it is meant, or not at all', () => {
  const given = { type: 'relay', certificate: 'PEM', ca: ['PEM'] };
  assert.deepEqual(readToDataPlane(JSON.stringify(given)), given);
  for (const change of [{ certificate: 1 }, { ca: 'PEM' }, { ca: undefined }])
    assert.equal(readToDataPlane(JSON.stringify({ ...given, ...change })), undefined, JSON.stringify(change));
  const report = { type: 'relay', problem: 'in use', unreached: [{ node: 'b', error: 'refused' }] };
  assert.deepEqual(readFromDataPlane(JSON.stringify(report)), report);
  for (const change of [
    { problem: 1 },
    { unreached: undefined },
    { unreached: [{ node: 'b' }] },
    { unreached: [{ node: 'b', error: '', through: { error: 1 } }] },
  ])
    assert.equal(readFromDataPlane(JSON.stringify({ ...report, ...change })), undefined, JSON.stringify(change));
  const hello = { type: 'hello', protocol: 2, version: '1', pid: 3, startedAt: 4 };
  assert.ok(readFromDataPlane(JSON.stringify({ ...hello, relay: { port: 6882, key: 'PEM' } })));
  for (const relay of [null, { port: 0, key: 'PEM' }, { port: 6882 }])
    assert.equal(readFromDataPlane(JSON.stringify({ ...hello, relay })), undefined, JSON.stringify(relay));
});

test('a probe host is a host and nothing else', () => {
  const at = (value: unknown) => isTable(replaced(table, ['targets', '0', 'probe', 'host'], value));
  for (const value of ['a.test', undefined]) assert.ok(at(value), String(value));
  for (const value of ['', 'A.test', 'a.test:80', 'a b', 'a\r\nX: y', 'a/b', 7, null])
    assert.equal(at(value), false, String(value));
});

test('a probe path cannot break out of its request line', () => {
  const path = ['targets', '0', 'probe', 'path'];
  for (const value of ['/a b', '/a\r\nX: y', 'a', '']) assert.equal(isTable(replaced(table, path, value)), false);
});

test('no line makes the readers throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      readToDataPlane(line);
      readFromDataPlane(line);
    }),
  );
});

test('lines come out whole however the bytes arrive', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
      fc.integer({ min: 1, max: 9 }),
      (lines, size) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const splitter = createLineSplitter(1000);
        const seen: string[] = [];
        for (let i = 0; i < bytes.length; i += size) {
          const got = splitter.push(bytes.subarray(i, i + size));
          assert.notEqual(got, 'too-long');
          seen.push(...(got as readonly string[]));
        }
        assert.deepEqual(seen, lines);
      },
    ),
  );
});

test('a line past the limit is told, with and without its end', () => {
  assert.equal(createLineSplitter(4).push(Buffer.from('12345')), 'too-long');
  assert.equal(createLineSplitter(4).push(Buffer.from('12345\n')), 'too-long');
  assert.deepEqual(createLineSplitter(4).push(Buffer.from('1234\n1234\n')), ['1234', '1234']);
});

const leaves = (value: unknown, path: string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
    : [path];

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}
