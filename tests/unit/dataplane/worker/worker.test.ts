import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { Table } from '../../../../src/core/route/table.ts';
import { NO_TRAFFIC, type RevisionTraffic } from '../../../../src/core/traffic/traffic.ts';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from '../../../../src/dataplane/proxy/options.ts';
import type { Proxy as HttpProxy, ProxyOptions } from '../../../../src/dataplane/proxy/proxy.ts';
import type { FromWorker } from '../../../../src/dataplane/worker/messages.ts';
import { createWorker } from '../../../../src/dataplane/worker/worker.ts';
import { makeAuthority } from '../../../../src/identity/certificates/authority.ts';
import { identityOf } from '../proxy/relay/rig.ts';
import { eventually } from '../proxy/rig.ts';

const table: Table = { id: { cluster: 'c', term: 1, revision: 4 }, pools: [], routes: [], targets: [] };
const counters = (inflight: number) => ({ task: 'a', inflight, streams: 0, requests: 1, errors: 0, failed: 0 });

/** A worker that listens nowhere, on a proxy that notes what it is told. */
function setUp() {
  const seen: string[] = [];
  const sent: FromWorker[] = [];
  let idle = (_task: string): void => {};
  let inflight = 0;
  const traffic: RevisionTraffic[] = [];
  let drained = (): void => {};
  let signs: NonNullable<ProxyOptions['onSigns']> = () => {};
  let down = (_task: string, _error: string): void => {};
  const proxy: HttpProxy = {
    handle: () => {},
    handleRelayed: () => {},
    handleSecure: () => {},
    identifyTls: ({ tickets }) => seen.push(`tickets ${tickets}`),
    certify: ({ id }) => {
      seen.push(`certify ${id}`);
      return id === 'odd' ? ['a problem'] : [];
    },
    farNode: () => undefined,
    identify: ({ certificate }) => seen.push(`identify ${certificate}`),
    use: (given) => seen.push(`use ${given.id.revision}`),
    setHealth: (health) => seen.push(`health ${health.length}`),
    contend: (serial, release) => seen.push(`contend ${serial} ${release}`),
    stats: () => [counters(inflight)],
    takeTraffic: () => traffic.splice(0),
    onIdleTarget: (callback) => {
      idle = callback;
    },
    drain: () =>
      new Promise((resolve) => {
        drained = resolve;
      }),
    destroy: () => {
      seen.push('destroy');
      drained();
    },
    connections: 0,
  };
  let exit = (_code: number): void => {};
  const exited = new Promise<number>((resolve) => {
    exit = resolve;
  });
  const createProxy = ({ onTargetDown, onSigns = signs }: ProxyOptions): HttpProxy => {
    down = onTargetDown;
    signs = onSigns;
    return proxy;
  };
  const worker = createWorker({
    createProxy,
    send: (message) => sent.push(message),
    now: () => 0,
    lines: () => new PassThrough(),
    exit,
  });
  worker.receive({
    type: 'settings',
    settings: {
      limits: DEFAULT_LIMITS,
      timeouts: DEFAULT_TIMEOUTS,
      trustedProxies: [],
      accessLog: false,
      listens: false,
    },
  });
  return {
    worker,
    seen,
    sent,
    exited,
    drained: () => drained(),
    traffic,
    setInflight: (count: number) => {
      inflight = count;
    },
    idle: (task: string) => idle(task),
    down: (task: string) => down(task, 'refused'),
    silent: (task: string) => signs([{ task, kind: 'silent' }]),
  };
}

test('a table is acknowledged after it was put to use, with the counters of that moment', () => {
  const { worker, seen, sent, setInflight } = setUp();
  setInflight(2);
  worker.receive({ type: 'state', table, health: [] });
  assert.deepEqual(seen, ['use 4', 'health 0']);
  assert.deepEqual(sent, [{ type: 'using', table: table.id, targets: [counters(2)] }]);
});

test('what the proxy sees of contention is told, and what others saw is told to it', () => {
  const { worker, seen, sent, silent } = setUp();
  silent('a');
  assert.deepEqual(sent, [{ type: 'signs', signs: [{ task: 'a', kind: 'silent' }] }]);
  worker.receive({ type: 'contention', serial: ['b'], release: ['a'] });
  assert.deepEqual(seen, ['contend b a']);
});

test('health without a table leaves the table in use, and is answered', () => {
  const { worker, sent } = setUp();
  worker.receive({ type: 'state', health: [] });
  worker.receive({ type: 'state', table, health: [] });
  worker.receive({ type: 'state', health: [] });
  assert.deepEqual(
    sent.map((message) => message.type === 'using' && message.table),
    [null, table.id, table.id],
  );
});

test('it says that it is there when it is asked', () => {
  const { worker, sent } = setUp();
  worker.receive({ type: 'ping' });
  assert.deepEqual(sent, [{ type: 'pong' }]);
});

test('an idle target is told at once', () => {
  const { idle, sent } = setUp();
  idle('a');
  assert.deepEqual(sent, [{ type: 'stats', targets: [counters(0)], idle: 'a' }]);
});

test('it ends when all is drained, and tells the last counters before', async () => {
  const { worker, sent, exited, drained, seen } = setUp();
  worker.receive({ type: 'stop', grace: 60_000 });
  drained();
  assert.equal(await exited, 0);
  assert.deepEqual(sent.at(-1), { type: 'stats', targets: [counters(0)], idle: undefined });
  assert.deepEqual(seen, []);
});

test('what is not drained when the grace ends is cut', async () => {
  const { worker, exited, seen } = setUp();
  worker.receive({ type: 'stop', grace: 1 });
  assert.equal(await exited, 0);
  assert.deepEqual(seen, ['destroy']);
});

test('a target found down is told with the start that the table in use names, if it names one', () => {
  const { worker, sent, down } = setUp();
  const start = { task: 'a', container: 'c1', startedAt: engineTime(5), address: '127.0.0.1' };
  const probe = { port: 80, interval: 1000, timeout: 1000, failures: 2 };
  const target = { ...start, service: 'p/web', revision: 1, port: 80, probe };
  worker.receive({ type: 'state', table: { ...table, targets: [target] }, health: [] });
  worker.receive({ type: 'state', health: [] });
  sent.length = 0;
  down('a');
  down('gone');
  assert.deepEqual(sent, [{ type: 'down', ...start, error: 'refused' }]);
});

test('what was counted of revisions is told now and then, and before it ends', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const { worker, sent, traffic, drained, exited } = setUp();
  const told = () => sent.filter((message) => message.type === 'traffic');
  t.mock.timers.tick(500);
  assert.deepEqual(told(), []);
  const one = { ...NO_TRAFFIC, service: 'shop/web', revision: 2, failed: 1 };
  traffic.push(one);
  t.mock.timers.tick(500);
  assert.deepEqual(told(), [{ type: 'traffic', revisions: [one] }]);
  traffic.push({ ...one, failed: 3 });
  worker.receive({ type: 'stop', grace: 1000 });
  drained();
  assert.equal(await exited, 0);
  assert.deepEqual(told().at(-1), { type: 'traffic', revisions: [{ ...one, failed: 3 }] });
});

test('a certificate for requests from node to node is taken with the settings, and whenever there is a new one', async (t) => {
  const authority = await makeAuthority('c', Date.now());
  const settings = {
    limits: DEFAULT_LIMITS,
    timeouts: DEFAULT_TIMEOUTS,
    trustedProxies: [],
    accessLog: false,
    listens: false,
  };
  const { worker, seen, sent, exited } = setUp();
  const [first, second] = [await identityOf(authority, 'a'), await identityOf(authority, 'a')];
  const relay = { address: { host: '127.0.0.1', port: 0 }, identity: first };
  worker.receive({ type: 'settings', settings: { ...settings, relay } });
  t.after(async () => {
    worker.receive({ type: 'stop', grace: 0 });
    await exited;
  });
  worker.receive({ type: 'relay', identity: second });
  assert.deepEqual(seen, [`identify ${first.certificate}`, `identify ${second.certificate}`]);
  await eventually(() => sent.some(({ type }) => type === 'relay'));
  assert.deepEqual(
    sent.filter(({ type }) => type === 'relay'),
    [{ type: 'relay' }],
  );
});

test('a set of certificates is used, and then acknowledged with what is wrong with it', () => {
  const { worker, seen, sent } = setUp();
  const set = { id: 'odd', certificates: [], challenges: { http01: [], alpn: [] } };
  worker.receive({ type: 'certificates', set });
  assert.deepEqual(seen, ['certify odd']);
  assert.deepEqual(sent, [{ type: 'certificates', id: 'odd', problems: ['a problem'] }]);
});
