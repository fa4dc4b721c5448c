import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listen } from '../../../src/api/http/listen.ts';
import { ClusterInfo } from '../../../src/contract/cluster.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { deployed, web } from './records.ts';
import { type Asked, openApi, type TestApi } from './test-api.ts';

describe('the server', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi({ allowedOrigins: ['https://console.test', 'https://no origin'] });
  });
  after(() => test.close());

  const body = async (path: string) => (await test.ask('GET', path, { as: 'viewer' })).body;

  it('tells its health and its name to anyone, in the words of each document', async () => {
    const open = async (path: string) => (await test.ask('GET', path)).body;
    assert.deepEqual(await open('/'), { service: 'orca', version: '1.2.3' });
    assert.deepEqual(await open('/api/v1/health'), { status: 'ok' });
    assert.deepEqual(await open('/health'), { status: 'ok' });
    assert.deepEqual(await open('/v1/health'), { status: 'healthy' });
    assert.deepEqual(await open('/health/live'), { status: 'ok' });
    assert.deepEqual(await open('/health/ready'), { status: 'ok', leader_id: 1 });
  });

  it('tells its version, the caller, the cluster and the API itself to a viewer', async () => {
    assert.equal((await body('/api/v1/version')).version, '1.2.3');
    assert.deepEqual(await body('/v1/auth/whoami'), {
      name: 'viewer',
      role: 'viewer',
      projects: null,
      expires_at: null,
    });
    const who = (await test.ask('GET', '/v1/auth/whoami', { as: 'shopper' })).body;
    assert.deepEqual([who.role, who.projects], ['deployer', ['shop']]);
    await test.state.store.txn({
      then: [test.state.nodes.put({ id: 'local', name: 'local', availability: 'active' })],
    });
    const cluster = ClusterInfo.parse(await body('/api/v1/cluster/info'));
    assert.deepEqual(
      [cluster.node_count, cluster.nodes[0]?.status, cluster.nodes[0]?.engine?.version],
      [1, 'ready', '20.10.24'],
    );
    test.engine.down = 'docker does not answer';
    assert.equal(ClusterInfo.parse(await body('/api/v1/cluster/info')).nodes[0]?.status, 'down');
    test.engine.down = undefined;
  });

  it('tells the clients of a Raft cluster that it is one of one master, whose index rises with what is written', async () => {
    const before = await body('/api/cluster');
    assert.deepEqual(before.nodes, [{ node_id: 1, address: 'local', is_alive: true }]);
    assert.deepEqual([before.role, before.leader_id, before.last_applied], ['leader', 1, before.commit_index]);
    await test.state.store.txn({ then: [test.state.cluster.put({ name: 'term', number: 5 })] });
    const after = await body('/api/cluster');
    assert.ok(after.commit_index > before.commit_index);
    assert.equal(after.current_term, 5);
  });

  it('lets browsers in from the origins named and from its own pages only', async () => {
    const from = (origin: string, method = 'GET', headers = {}) =>
      test.ask(method, '/api/v1/status', {
        ...(method === 'GET' && { as: 'viewer' as const }),
        headers: { origin, ...headers },
      });
    const allowed = await from('https://console.test');
    assert.equal(allowed.status, 200);
    assert.equal(allowed.headers['access-control-allow-origin'], 'https://console.test');
    assert.equal((await from(`http://127.0.0.1:${test.port}`)).status, 200);
    for (const origin of ['https://evil.test', 'null', 'https://console.test.evil.test']) {
      const refused = await from(origin);
      assert.equal(refused.status, 403, origin);
      assert.equal(refused.headers['access-control-allow-origin'], undefined);
    }
    const preflight = await from('https://console.test', 'OPTIONS', { 'access-control-request-method': 'POST' });
    assert.equal(preflight.status, 204);
    assert.match(String(preflight.headers['access-control-allow-headers']), /Authorization/);
  });

  it('tells a page whose name was made to lead here nothing, and others what they ask for', async () => {
    const under = (host: string, asked: Asked = {}, path = '/') =>
      test.ask('GET', path, { ...asked, headers: { host } });
    for (const host of ['evil.test:6880', '127.0.0.1.evil.test', 'localhost.evil.test', '1.2.3.4:x']) {
      const { status, body: told } = await under(host);
      assert.deepEqual([status, told.code], [403, 'forbidden'], host);
    }
    const known = ['127.0.0.1', '127.0.0.1:6880', '[::1]:6880', '192.168.1.2:80', 'LOCALHOST:6880', 'console.test'];
    for (const host of known) assert.equal((await under(host)).status, 200, host);
    for (const path of ['/', '/api/v1/health', '/health/ready']) {
      for (const authorization of ['x', 'Bearer orca_made-up'])
        assert.equal((await under('evil.test', { authorization }, path)).status, 403, `${authorization} ${path}`);
      assert.equal((await under('orca.example.com', { as: 'viewer' }, path)).status, 200, path);
    }
    assert.equal((await under('orca.example.com', { as: 'viewer' }, '/api/v1/version')).status, 200);
  });

  it('lets nothing be cached or guessed at', async () => {
    const { headers } = await test.ask('GET', '/api/v1/status', { as: 'viewer' });
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
  });

  it('answers a bug with 500 and nothing of its insides, which are in the log', async (t) => {
    const original = test.state.nodes.listReadable;
    Object.assign(test.state.nodes, { listReadable: () => Promise.reject(new TypeError('secret inside')) });
    t.after(() => Object.assign(test.state.nodes, { listReadable: original }));
    const { status, body: answer, text } = await test.ask('GET', '/api/v1/cluster/info', { as: 'viewer' });
    assert.equal(status, 500);
    assert.equal(answer.code, 'internal');
    assert.doesNotMatch(text, /secret/);
    assert.ok(test.logged.some((line) => line.includes('secret inside')));
    const told = test.logged.filter((line) => line.includes(`"request_id":"${answer.request_id}"`));
    assert.deepEqual(
      told.map((line) => JSON.parse(line).msg),
      ['request failed', 'answered'],
    );
  });

  it('does not listen off loopback without TLS', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.com', '127.0.0.1.evil.test', '']) {
      await assert.rejects(
        listen(() => undefined, { host, port: 0 }),
        (error) => error instanceof OrcaError && /only/.test(error.message) && /ssh/.test(error.hint ?? ''),
        host,
      );
    }
    await assert.rejects(
      listen(() => undefined, { host: '127.0.0.1', port: test.port }),
      /cannot listen.*EADDRINUSE/,
    );
  });
});

describe('without its store', () => {
  const away = () => Promise.reject(new OrcaError('unavailable', 'the disk is full'));

  it('answers writes 503 when the disk is full, and goes on reading', async (t) => {
    let full = false;
    const test = await openApi({
      wrapStore: (store) => ({ ...store, txn: (txn) => (full ? away() : store.txn(txn)) }),
    });
    t.after(() => test.close());
    await deployed(test, web());
    full = true;
    const body = { services: [web({ image: 'acme/web:2' })] };
    const deploy = await test.ask('POST', '/api/v1/deploy', { as: 'admin', body });
    assert.deepEqual([deploy.status, deploy.body.code], [503, 'unavailable']);
    const scale = await test.ask('POST', '/api/v1/services/web/scale', { as: 'admin', body: { replicas: 2 } });
    assert.deepEqual([scale.status, scale.body.error, scale.headers['retry-after']], [503, 'the disk is full', '5']);
    assert.equal((await test.ask('GET', '/api/v1/status', { as: 'admin' })).status, 200);
    full = false;
    assert.equal(
      (await test.ask('POST', '/api/v1/services/web/scale', { as: 'admin', body: { replicas: 2 } })).status,
      200,
    );
  });

  it('answers 503, not 401, when tokens cannot be read, and says so in its health', async (t) => {
    let gone = false;
    const test = await openApi({
      wrapStore: (store) => ({
        ...store,
        get: (key) => (gone ? away() : store.get(key)),
        range: (query) => (gone ? away() : store.range(query)),
        status: () => (gone ? away() : store.status()),
      }),
    });
    t.after(() => test.close());
    gone = true;
    assert.equal((await test.ask('GET', '/api/v1/status', { as: 'viewer' })).status, 503);
    const health = await test.ask('GET', '/api/v1/health');
    assert.deepEqual([health.status, health.body.error], [503, 'the disk is full']);
    assert.equal((await test.ask('GET', '/health/live')).status, 200);
    assert.equal((await test.ask('GET', '/api/v1/status')).status, 401);
  });
});
