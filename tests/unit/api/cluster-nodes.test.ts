import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import type { Node } from '../../../src/core/model/node.ts';
import { parseJoinLine } from '../../../src/core/nodes/join-line.ts';
import { issueCertificate } from '../../../src/identity/certificates/authority.ts';
import { newPrivateKey } from '../../../src/identity/certificates/key.ts';
import { digestOf } from '../../../src/identity/token.ts';
import { taskOf } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const ID = 'abcdefghijklmnop';
const local: Node = { id: 'local', name: 'local', availability: 'active' };
const joined = (id: string, name: string, authorities = ['ca']): Node => ({
  id,
  name,
  availability: 'active',
  joined: { at: 5, address: '10.0.0.2', certificates: [{ key: 'k', authorities, from: 0, until: 9_000_000 }] },
});

describe('nodes', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
    await put(local, joined(ID, 'web2'));
  });
  after(() => test.close());

  const put = (...nodes: Node[]) => test.state.store.txn({ then: nodes.map((node) => test.state.nodes.put(node)) });
  const admin = (method: string, path: string, body?: unknown) => test.ask(method, path, { as: 'admin', body });
  const get = async (path: string) => (await test.ask('GET', path, { as: 'viewer' })).body;

  it('are told as they are seen, the machine of the master first', async () => {
    const { nodes } = await get('/api/v1/cluster/nodes');
    assert.deepEqual(
      nodes.map((node: { node_id: string; name: string; status: string; runs_services: boolean }) => [
        node.node_id,
        node.name,
        node.status,
        node.runs_services,
      ]),
      [
        ['local', 'local', 'ready', true],
        [ID, 'web2', 'down', false],
      ],
    );
    assert.match(nodes[1].reason, /not connected/);
    assert.deepEqual((await get('/api/v1/cluster/info')).nodes, nodes);
    assert.deepEqual((await get('/api/v1/nodes')).nodes.length, 2);
    assert.deepEqual((await get('/v1/hosts')).hosts.length, 2);
  });

  it('are told one by one by name or id, with capacity, use, skew and the end of the certificate', async () => {
    test.sights.set(ID, {
      life: 'ready',
      reason: null,
      silentFor: 1_500,
      roundTrip: 0.84,
      skew: -3_600_000,
      toldAgo: 400,
      cpuPercent: 38.24,
      status: {
        now: 1,
        version: '1.0.0',
        address: '10.0.0.77',
        checked: true,
        memory: { total: 4000, free: 1000 },
        cpus: 2,
        load: 0.5,
        disk: { path: '/var/lib/docker', total: 9000, free: 100 },
      },
    });
    for (const path of [`/api/v1/cluster/nodes/web2`, `/api/v1/nodes/${ID}`, '/v1/hosts/web2']) {
      const node = await get(path);
      assert.deepEqual([node.node_id, node.address], [ID, '10.0.0.77']);
      assert.deepEqual([node.status, node.reason, node.clock_skew_ms], ['ready', null, -3_600_000]);
      const { observed_at: observed, ...capacity } = node.capacity;
      assert.ok(observed <= test.now - 400 && observed > test.now - 500, 'told some time ago');
      assert.deepEqual(capacity, {
        cpus: 2,
        cpu_percent: 38.2,
        load: 0.5,
        memory_bytes: 4000,
        memory_free_bytes: 1000,
        disk: { path: '/var/lib/docker', bytes: 9000, free_bytes: 100 },
      });
      assert.equal(node.certificate_expires_at, 9_000_000);
      assert.ok(node.last_heartbeat <= test.now - 1_500 && node.last_heartbeat > test.now - 1_600);
    }
    const { status, body } = await admin('GET', '/api/v1/cluster/nodes/web3');
    assert.equal(status, 404);
    assert.equal(body.hint, 'the nodes are local, web2');
  });

  it('are renamed, but to no name that another has or that is reserved', async () => {
    const rename = (id: string, name: string) => admin('PUT', `/api/v1/cluster/nodes/${id}`, { name });
    assert.equal((await rename('web2', 'db1')).body.name, 'db1');
    for (const name of ['local', ID])
      assert.equal((await rename(name === ID ? 'local' : 'db1', name)).status, 409, name);
    assert.equal((await rename('local', 'main')).body.name, 'main');
    assert.equal((await rename('db1', 'main')).status, 409);
    assert.equal((await rename('db1', 'local')).status, 409, 'it stays the word for the machine of the master');
    assert.equal((await rename('main', 'local')).status, 200);
    for (const name of ['', 'A', 'a_b', 'a'.repeat(64)]) assert.equal((await rename('db1', name)).status, 422, name);
    assert.equal((await rename('db1', 'web2')).status, 200);
  });

  it('have labels, of which those that are not named stay', async () => {
    const set = (labels: Record<string, string | null>) => admin('PUT', '/api/v1/cluster/nodes/web2', { labels });
    await set({ zone: 'a', disk: 'ssd' });
    assert.deepEqual((await set({ zone: null, rack: '7' })).body.labels, { disk: 'ssd', rack: '7' });
    const many = Object.fromEntries(Array.from({ length: 63 }, (_, at) => [`l${at}`, '']));
    assert.equal((await set(many)).status, 409);
    for (const labels of [{ Zone: 'a' }, { zone: 'a\nb' }, { zone: 'a'.repeat(129) }, { '': 'a' }])
      assert.equal((await set(labels)).status, 422);
    assert.deepEqual((await get('/api/v1/cluster/nodes/web2')).labels, { disk: 'ssd', rack: '7' });
  });

  it('are an ingress or not; the one of the master always is', async () => {
    const set = (name: string, ingress: boolean) => admin('PUT', `/api/v1/cluster/nodes/${name}`, { ingress });
    assert.deepEqual(
      (await get('/api/v1/cluster/nodes')).nodes.map(({ ingress }: { ingress: boolean }) => ingress),
      [true, false],
    );
    assert.equal((await set('web2', true)).body.ingress, true);
    assert.equal((await set('web2', false)).body.ingress, false);
    assert.deepEqual([(await set('local', false)).status, (await set('local', true)).status], [409, 200]);
  });

  it('are reached where they say, or where somebody has set it', async () => {
    const set = (id: string, address: unknown) => admin('PUT', `/api/v1/cluster/nodes/${id}`, { address });
    const { body } = await set('web2', '192.0.2.7');
    assert.deepEqual([body.address, body.address_is_set], ['192.0.2.7', true]);
    assert.equal((await admin('PUT', '/api/v1/cluster/nodes/web2', { labels: {} })).body.address, '192.0.2.7');
    for (const address of ['', 'web2', '127.0.0.1', '::1', '10.0.0.7:6882', '10.0.0.256', 7])
      assert.equal((await set('web2', address)).status, 422, String(address));
    assert.equal((await set('web2', null)).body.address_is_set, false);
    assert.equal((await set('local', 'fd00::1')).body.address, 'fd00::1');
    assert.equal((await set('local', null)).body.address, 'local');
  });

  it('tell how many tasks they have, and whether they take more', async () => {
    const [ended, live] = [taskOf({ id: 'a', node: ID, phase: 'ended' }), taskOf({ id: 'b', node: ID })];
    await test.state.store.txn({ then: [ended, live].map((task) => test.state.tasks.put(task)) });
    const node = await get('/api/v1/cluster/nodes/web2');
    assert.deepEqual([node.tasks, node.runs_services, node.data_plane], [1, false, null]);
    await test.state.store.txn({ then: [ended, live].map((task) => test.state.tasks.remove(task)) });
  });

  it('tell how requests get there from where they come in', async () => {
    const relayOf = async (name: string) => (await get(`/api/v1/cluster/nodes/${name}`)).relay;
    const { dataPlane, candidate } = test.world;
    const place = { address: '10.0.0.2', port: 6882 };
    assert.equal(await relayOf('web2'), null, 'it takes none');
    await put({ ...joined(ID, 'web2'), relay: place });
    assert.deepEqual(await relayOf('web2'), { ...place, state: null, problem: null }, 'no data plane is connected');
    const told = { from: 'local', error: 'connect ETIMEDOUT', through: {} };
    Object.assign(test.world, {
      dataPlane: () => ({ connected: true, problems: [] }),
      candidate: () => ({ status: 'ready', unreached: [told] }),
    });
    const problem = 'no connection to TCP 6882: connect ETIMEDOUT';
    assert.deepEqual(await relayOf('web2'), { ...place, state: 'through_agent', problem });
    Object.assign(test.world, { dataPlane, candidate });
  });

  it('are removed, but not the one of the master, and one with tasks only by force', async () => {
    await put(joined('qrstuvwxyz234567', 'old'));
    const remove = (name: string, query = '') => admin('DELETE', `/api/v1/cluster/nodes/${name}${query}`);
    assert.equal((await remove('local')).status, 409);
    const running = taskOf({ node: 'qrstuvwxyz234567' });
    await test.state.store.txn({ then: [test.state.tasks.put(running)] });
    const refused = await remove('old');
    assert.deepEqual([refused.status, refused.body.details], [409, { tasks: 1 }]);
    assert.equal((await remove('old', '?force=true')).body.removed, 'qrstuvwxyz234567');
    assert.equal((await remove('old')).status, 404);
    await test.state.store.txn({ then: [test.state.tasks.remove(running)] });
  });

  it('join with a line that is told once, of which only the digest is kept', async () => {
    const { status, body } = await admin('POST', '/api/v1/cluster/join-tokens', {});
    assert.equal(status, 201);
    assert.equal(body.address, '10.0.0.1:6881');
    assert.equal(body.expires_at - body.created_at, 3_600_000);
    const line = parseJoinLine(body.line);
    assert.ok(line);
    assert.deepEqual([line.host, line.port, line.secret.length], ['10.0.0.1', 6881, 43]);
    assert.equal(line.ca, (await get('/api/v1/cluster/authorities')).authorities[0].sha256);
    const { entries } = await test.state.store.range({ prefix: '' });
    assert.ok(!entries.some(({ value }) => value.includes(line.secret)));
    assert.ok(entries.some(({ value }) => value.includes(digestOf(line.secret))));
    assert.ok(!readFileSync(`${test.folder}/audit.log`, 'utf8').includes(line.secret));
    const [listed] = (await admin('GET', '/api/v1/cluster/join-tokens')).body.join_tokens;
    assert.deepEqual([listed.id, listed.state, listed.used_by, listed.line], [body.id, 'open', null, undefined]);
    assert.equal((await admin('DELETE', `/api/v1/cluster/join-tokens/${body.id}`)).status, 200);
    assert.equal((await admin('DELETE', `/api/v1/cluster/join-tokens/${body.id}`)).status, 404);
  });

  it('dial the address that the line names, which may be another than the own', async () => {
    const lineFor = async (address: string) => {
      const { status, body } = await admin('POST', '/api/v1/cluster/join-tokens', {
        address,
        ttl: '5m',
        reusable: true,
      });
      return status === 201 ? body.address : status;
    };
    assert.equal(await lineFor('orca.example.com'), 'orca.example.com:6881');
    assert.equal(await lineFor('orca.example.com:443'), 'orca.example.com:443');
    assert.equal(await lineFor('fd00::1'), '[fd00::1]:6881');
    assert.equal(await lineFor('[fd00::1]:7000'), '[fd00::1]:7000');
    for (const address of ['', 'a b', 'a:b', 'http://a', 'a:0', 'a:99999', '[::1'])
      assert.equal(await lineFor(address), 422, address);
    assert.equal((await admin('POST', '/api/v1/cluster/join-tokens', { ttl: '30d' })).status, 422);
  });

  it('are given no line where they cannot connect', async () => {
    test.nodePort = undefined;
    const before = (await test.state.joinSecrets.list()).length;
    const { status, body } = await admin('POST', '/api/v1/cluster/join-tokens', {});
    assert.deepEqual([status, body.error], [503, 'nodes cannot connect: port 6881 is in use']);
    assert.equal((await test.state.joinSecrets.list()).length, before);
    test.nodePort = 6881;
  });

  it('make one CA, however many lines are asked for at once; another takes its place once', async () => {
    await Promise.all([1, 2, 3].map(() => admin('POST', '/api/v1/cluster/join-tokens', {})));
    const [{ sha256 }] = (await get('/api/v1/cluster/authorities')).authorities;
    assert.equal((await get('/api/v1/cluster/authorities')).authorities.length, 1);
    const rotate = (body: object) => admin('POST', '/api/v1/cluster/rotate-ca', body);
    assert.equal((await rotate({ finish: true })).status, 409);
    const begun = (await rotate({})).body;
    assert.deepEqual(
      begun.authorities.map((one: { signs: boolean }) => one.signs),
      [true, false],
    );
    assert.deepEqual(begun.waiting_for, [{ node_id: ID, name: 'web2', status: 'ready' }]);
    assert.equal((await rotate({})).status, 409);
    const stillOld = parseJoinLine((await admin('POST', '/api/v1/cluster/join-tokens', {})).body.line);
    assert.equal(stillOld?.ca, sha256, 'the master shows a certificate of the CA that all nodes know');
    const ended = (await rotate({ finish: true })).body;
    assert.equal(ended.authorities.length, 1);
    assert.notEqual(ended.authorities[0].sha256, sha256);
    assert.deepEqual(
      (await admin('GET', '/api/v1/cluster/join-tokens')).body.join_tokens,
      [],
      'lines of the old CA are over',
    );
  });

  it('open nothing of the API with their certificates', async () => {
    const [ca] = (await test.state.nodeAuthorities.list()).map(({ value }) => value);
    assert.ok(ca);
    const key = newPrivateKey();
    const wish = { publicKey: createPublicKey(key), commonName: ID, names: [ID], now: Date.now(), lifetime: 3_600_000 };
    const signer = { certificate: ca.certificate, key: test.vault.open(`node-authorities/${ca.id}`, ca.key) };
    const cert = await issueCertificate(signer, wish);
    const socket = connect({
      port: test.port,
      host: '127.0.0.1',
      key,
      cert,
      ca: [ca.certificate],
      rejectUnauthorized: false,
    });
    const heard = await new Promise<string>((resolve) => {
      socket.once('secureConnect', () => resolve('it speaks TLS'));
      socket.once('error', ({ message }) => resolve(message));
    });
    socket.destroy();
    assert.notEqual(heard, 'it speaks TLS');
    const digest = new X509Certificate(cert).fingerprint256;
    for (const shown of [Buffer.from(cert).toString('base64'), digest, ID]) {
      const headers = { 'x-client-cert': encodeURIComponent(cert), 'x-forwarded-client-cert': cert.replace(/\n/g, '') };
      const { status } = await test.ask('GET', '/api/v1/cluster/nodes', { authorization: `Bearer ${shown}`, headers });
      assert.ok([401, 429].includes(status), `${status}`);
    }
  });

  it('keep the key of their CA encrypted, and it is encrypted anew with the key of the cluster', async () => {
    const before = (await test.state.nodeAuthorities.list())[0]?.value;
    assert.ok(before && !before.key.includes('PRIVATE'));
    assert.equal((await admin('POST', '/api/v1/secrets/rotate-key')).status, 200);
    const after = (await test.state.nodeAuthorities.list())[0]?.value;
    assert.notEqual(after?.key, before.key);
    assert.match(test.vault.open(`node-authorities/${after?.id}`, after?.key ?? ''), /BEGIN PRIVATE KEY/);
  });
});
