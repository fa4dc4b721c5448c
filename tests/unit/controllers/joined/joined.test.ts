import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';
import { presentAuthorities, rotateAuthority } from '../../../../src/api/nodes/authorities.ts';
import { changeNode, removeNode } from '../../../../src/api/nodes/change.ts';
import { OrcaError } from '../../../../src/core/errors.ts';
import { ALPN } from '../../../../src/core/nodes/wire.ts';
import { issueCertificate, makeAuthority } from '../../../../src/identity/certificates/authority.ts';
import { newPrivateKey } from '../../../../src/identity/certificates/key.ts';
import { until } from '../../../lab/until.ts';
import { type TestMaster, type TestNode, testMaster } from './joined-node.ts';

const ADMIN = { id: 'a', name: 'admin', role: 'admin' } as const;
const DAY = 86_400_000;

const ready = (master: TestMaster, { id }: TestNode) =>
  until('the node to be ready', () => master.joined.wire(id)?.isUp() && master.joined.sight(id).life === 'ready');
const away = (master: TestMaster, { id }: TestNode) =>
  until('the node to be away', () => !master.joined.wire(id)?.isUp());
const events = async ({ state }: TestMaster) =>
  (await state.store.range({ prefix: 'events/' })).entries.map((entry) => state.events.read(entry)?.value.reason ?? '');

describe('nodes that join', () => {
  it('come in by a port that is open only while there is a line or a node', async (t) => {
    const master = await testMaster(t);
    assert.equal(master.joined.port(), undefined, 'a cluster of one machine listens nowhere');
    const node = await master.newNode('web2');
    await ready(master, node);
    const { status, skew, roundTrip } = await until('its status', () => {
      const sight = master.joined.sight(node.id);
      return sight.status && sight.roundTrip !== undefined ? sight : undefined;
    });
    assert.equal(status?.cpus, 2);
    assert.equal(typeof skew, 'number');
    assert.ok((roundTrip ?? -1) >= 0);
    await master.state.store.txn({ then: [master.state.joinSecrets.removeAll()] });
    await ready(master, node);
    await removeNode(master.options, 'web2', false, ADMIN);
    await until('the port to be closed', () => master.joined.port() === undefined);
  });

  it('are cut off at once when they are removed, and come in no more, not even by the name of another', async (t) => {
    const master = await testMaster(t);
    const [node, other] = [await master.newNode('web2'), await master.newNode('web3')];
    await ready(master, node);
    await removeNode(master.options, 'web2', false, ADMIN);
    await until('the refusal', () => node.problems.some((why) => /was removed from the cluster/.test(why)));
    await ready(master, other);
    assert.equal(master.joined.wire(node.id)?.isUp(), false);
    const again = await master.newNode('web2');
    await ready(master, again);
    assert.equal(master.joined.wire(node.id)?.isUp(), false);
  });

  it('are known by id: a rename touches no connection', async (t) => {
    const master = await testMaster(t);
    const node = await master.newNode('web2');
    await ready(master, node);
    const before = node.dialer;
    await changeNode(master.options, 'web2', { name: 'db1', labels: { zone: 'a' } }, ADMIN);
    assert.equal((await master.state.nodes.get(node.id))?.value.name, 'db1');
    assert.ok(before.isUp() && node.problems.length === 0);
  });

  it('get their next certificate over the connection that they have, when the old one is half over', async (t) => {
    const master = await testMaster(t);
    const node = await master.newNode('web2');
    await ready(master, node);
    const old = node.identity;
    master.now += 70 * DAY;
    await until('another certificate', () => node.identity !== old);
    assert.deepEqual([node.problems, node.dialer.isUp()], [[], true]);
    assert.ok(new X509Certificate(node.identity.cert).validToDate.getTime() > master.now + 89 * DAY);
    await until('the old one to be over', async () => {
      const certificates = (await master.state.nodes.get(node.id))?.value.joined?.certificates ?? [];
      return certificates.length === 1 && certificates[0]?.until === master.now + 90 * DAY;
    });
  });

  it('are tried out by a container, until it has answered', async (t) => {
    const tried: (OrcaError | undefined)[] = [
      new OrcaError('unavailable', 'docker cannot start a container: no'),
      undefined,
    ];
    const tryContainer = async () => {
      const problem = tried.shift();
      if (problem) throw problem;
    };
    const clock = { off: 0 };
    const steady = () => performance.now() + clock.off;
    const master = await testMaster(t, { engineOf: () => ({ tryContainer }), steady });
    const node = await master.newNode('web2');
    await until('the first try', () => node.checks.length >= 1);
    assert.deepEqual(node.checks[0], { problem: 'docker cannot start a container: no' });
    await until('the second', () => {
      clock.off += 500; // It is tried again after a while, which nobody waits for here.
      return node.checks.length >= 2;
    });
    assert.deepEqual(node.checks[1], {});
  });
});

describe('a new CA', () => {
  it('takes the place of the old one without a disconnect; the old one and its lines are over then', async (t) => {
    const master = await testMaster(t);
    const nodes = [await master.newNode('web2'), await master.newNode('web3')];
    const line = await master.line();
    for (const node of nodes) await ready(master, node);
    const before = nodes.map(({ identity }) => identity);
    await rotateAuthority({ ...master.options, joined: master.joined }, false, ADMIN);
    await until('the old CA to be dropped', async () => (await master.state.nodeAuthorities.list()).length === 1);
    const [ca] = (await master.state.nodeAuthorities.list()).map(({ value }) => value.certificate);
    await until('all to forget the old one', () =>
      nodes.every(({ identity }) => identity.ca.length === 1 && identity.ca[0] === ca),
    );
    for (const node of nodes) assert.deepEqual([node.problems, node.dialer.isUp()], [[], true]);
    await assert.rejects(master.newNode('late', line), { code: 'forbidden' });
    for (const node of nodes) await node.redial();
    for (const node of nodes) await until('its return', () => node.dialer.isUp());
    const [node] = nodes;
    assert.ok(node && before[0]);
    node.identity = { ...before[0], ca: node.identity.ca };
    const { length } = node.problems;
    await node.redial();
    await until('a certificate of the old CA to be refused', () => node.problems.length > length);
    assert.ok(!node.dialer.isUp());
    assert.ok((await events(master)).some((reason) => /the old one is dropped/.test(reason)));
  });

  it('waits for a node that is away, names it, and gives it its certificate when it is back', async (t) => {
    const master = await testMaster(t);
    const node = await master.newNode('web2');
    await ready(master, node);
    await node.dialer.close();
    await away(master, node);
    await rotateAuthority({ ...master.options, joined: master.joined }, false, ADMIN);
    const { authorities, waiting_for } = await presentAuthorities({ ...master.options, joined: master.joined });
    assert.deepEqual([authorities.length, waiting_for.map(({ name }) => name)], [2, ['web2']]);
    await node.redial();
    await until('the old CA to be dropped', async () => (await master.state.nodeAuthorities.list()).length === 1);
    assert.ok(node.dialer.isUp());
  });

  it('leaves out those that are away if told so: they join again', async (t) => {
    const master = await testMaster(t);
    const node = await master.newNode('web2');
    await ready(master, node);
    await node.dialer.close();
    await away(master, node);
    const options = { ...master.options, joined: master.joined };
    await rotateAuthority(options, false, ADMIN);
    await rotateAuthority(options, true, ADMIN);
    assert.ok((await events(master)).some((reason) => /to join again: web2/.test(reason)));
    await master.line(); // By now the port shows a certificate of the new CA.
    const { length } = node.problems;
    await node.redial();
    await until('its refusal', () => node.problems.length > length);
    const again = await master.newNode('web4');
    await ready(master, again);
  });
});

describe('the node port', () => {
  const identityOf = async (ca: { certificate: string; key: string }, id: string, now: number) => {
    const key = newPrivateKey();
    const publicKey = createPublicKey(createPrivateKey(key));
    const cert = await issueCertificate(ca, { publicKey, commonName: id, names: [id], now, lifetime: 90 * DAY });
    return { key, cert };
  };

  it('lets in nobody by a certificate of another cluster, an expired one, or one of a key that it did not sign', async (t) => {
    const master = await testMaster(t);
    const node = await master.newNode('web2');
    await ready(master, node);
    await node.dialer.close();
    const [stored] = await master.state.nodeAuthorities.list();
    assert.ok(stored);
    const own = {
      certificate: stored.value.certificate,
      key: master.vault.open(stored.key, stored.value.key),
    };
    const others = await makeAuthority('c1', Date.now());
    const { ca } = node.identity;
    const identities = {
      'another cluster': await identityOf(others, node.id, Date.now()),
      expired: await identityOf(own, node.id, Date.now() - 91 * DAY),
      'a key that nobody wrote down': await identityOf(own, node.id, Date.now()),
      'no node': await identityOf(own, 'abcdefghijklmnop', Date.now()),
    };
    for (const [what, identity] of Object.entries(identities)) {
      node.identity = { ...identity, ca };
      const { length } = node.problems;
      await node.redial();
      await until(`${what} to be refused`, () => node.problems.length > length);
      assert.ok(!node.dialer.isUp(), what);
      assert.equal(master.joined.wire(node.id)?.isUp(), false, what);
      await node.dialer.close();
    }
  });

  it('answers no request of the API, with whatever token', async (t) => {
    const master = await testMaster(t);
    await master.line();
    const port = master.joined.port() ?? 0;
    for (const protocols of [['http/1.1'], ['h2'], [ALPN.join], [ALPN.control], undefined]) {
      const socket = connect({
        host: '127.0.0.1',
        port,
        rejectUnauthorized: false,
        ...(protocols && { ALPNProtocols: protocols }),
      });
      let heard = '';
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.on('error', () => undefined);
      socket.write('GET /api/v1/status HTTP/1.1\r\nhost: a\r\nauthorization: Bearer orca_token\r\n\r\n');
      await new Promise((resolve) => socket.once('close', resolve));
      assert.doesNotMatch(heard, /HTTP\/1|services|"type":"joined"/, String(protocols));
    }
    assert.equal((await master.state.nodes.list()).length, 0);
  });

  it('is given no secret by a machine that finds another CA there, and the line stays good', async (t) => {
    const [master, other] = [await testMaster(t), await testMaster(t)];
    const [line, elsewhere] = [await master.line(), await other.line()];
    const stolen = { ...line, host: elsewhere.host, port: elsewhere.port };
    await assert.rejects(master.newNode('web2', stolen), {
      code: 'forbidden',
    });
    assert.equal((await master.state.joinSecrets.list())[0]?.value.used, undefined);
    await ready(master, await master.newNode('web2', line));
    await assert.rejects(master.newNode('thief', line), { code: 'unauthorized' });
  });

  it('refuses a line after its time', async (t) => {
    const master = await testMaster(t);
    const line = await master.line(60_000);
    await master.newNode('web2');
    master.now += 60_000;
    await assert.rejects(master.newNode('web3', line), (error: OrcaError) => /expired/.test(error.message));
  });
});
