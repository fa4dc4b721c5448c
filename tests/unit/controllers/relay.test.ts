import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { IngressLink, LinkedRelay } from '../../../src/controllers/ingress/link.ts';
import { authoritiesInForce, beginRotation, dropOldAuthority } from '../../../src/controllers/joined/authorities.ts';
import { createRelays } from '../../../src/controllers/relay/relays.ts';
import { LOCAL_NODE, type Node } from '../../../src/core/model/node.ts';
import { unchanged } from '../../../src/store/collection.ts';
import { until } from '../../lab/until.ts';
import { eventually } from '../dataplane/proxy/rig.ts';
import { testCluster } from './joined/cluster.ts';

/** A data plane that takes what it is given. */
function plane(port: number) {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const got: { certificate: X509Certificate; ca: readonly string[] }[] = [];
  const greet = (): LinkedRelay => ({
    port,
    key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    report: undefined,
    certify: (certificate, ca) => void got.push({ certificate: new X509Certificate(certificate), ca }),
  });
  const is = { relay: greet() as LinkedRelay | undefined };
  const link = {
    relay: () => is.relay,
    connected: () => ({ since: 1, pid: 1, version: '' }),
  } as unknown as IngressLink;
  const again = () => {
    is.relay = greet();
  };
  return { is, got, link, again, key: publicKey };
}

async function setUp(t: Parameters<typeof testCluster>[0], { joined = true } = {}) {
  const cluster = await testCluster(t);
  const { state, vault, clock, log, options } = cluster;
  const planes = { [LOCAL_NODE]: plane(6882), b: plane(7000) };
  const nodes: Node[] = [{ id: LOCAL_NODE, name: LOCAL_NODE, availability: 'active' }];
  const identity = { at: 1, address: '10.0.0.2', certificates: [] };
  if (joined) nodes.push({ id: 'b', name: 'web2', availability: 'active', joined: identity });
  await state.store.txn({ then: nodes.map((node) => state.nodes.put(node)) });
  const told = { address: '10.0.0.2' };
  const callbacks: (() => void)[] = [];
  const relays = createRelays({
    state,
    commit: options.commit,
    links: {
      of: (id) => (id === LOCAL_NODE || id === 'b' ? planes[id].link : undefined),
      onChange: (callback) => {
        callbacks.push(() => callback('all', 'state'));
        return () => {};
      },
    },
    vault,
    addressOf: (id) => (id === 'b' ? told.address : undefined),
    ownAddressTowards: async () => '10.0.0.1',
    wall: clock,
    clock: { now: Date.now },
    log,
  });
  const ending = new AbortController();
  const running = relays.run(ending.signal);
  t.after(async () => {
    ending.abort();
    await running;
  });
  const look = () => {
    for (const call of callbacks) call();
  };
  const relayOf = async (id: string) => (await state.nodes.get(id))?.value.relay;
  return { cluster, ...planes, told, relayOf, look };
}

test('each data plane is given a certificate for its node and its key, and where it listens is written down', async (t) => {
  const { cluster, local, b, relayOf } = await setUp(t);
  await eventually(() => local.got.length > 0 && b.got.length > 0);
  const [authority] = await authoritiesInForce(cluster.state);
  for (const [node, { got, key }] of Object.entries({ local, b })) {
    const [{ certificate, ca } = assert.fail()] = got;
    assert.equal(certificate.subject, `CN=${node}.relay.orca.internal`);
    assert.equal(certificate.checkHost(`${node}.relay.orca.internal`), `${node}.relay.orca.internal`);
    assert.ok(certificate.publicKey.equals(createPublicKey(key.export({ type: 'spki', format: 'pem' }))));
    assert.deepEqual(ca, [authority?.value.certificate]);
    assert.ok(certificate.verify(new X509Certificate(ca[0] ?? '').publicKey));
  }
  let found: unknown;
  while (found === undefined) found = await relayOf('b');
  assert.deepEqual(await relayOf(LOCAL_NODE), { port: 6882 });
  assert.deepEqual(found, { port: 7000, address: '10.0.0.2', master: '10.0.0.1' });
});

test('one that comes again is given one again, and others are not; near its end each is', async (t) => {
  const { cluster, local, b, look } = await setUp(t);
  await eventually(() => local.got.length > 0 && b.got.length > 0);
  b.again();
  look();
  await eventually(() => b.got.length === 2);
  assert.equal(local.got.length, 1);
  cluster.now += 20 * 86_400_000;
  look();
  await eventually(() => local.got.length === 2 && b.got.length === 3);
});

test('a new CA signs only once all have been told of it, and the old one is believed until it is dropped', async (t) => {
  const { cluster, local, b, look } = await setUp(t);
  await eventually(() => local.got.length > 0 && b.got.length > 0);
  const event = (at: number) => cluster.state.event({ kind: 'node', at, name: 'ca', reason: '' });
  await beginRotation(cluster.options, event);
  const [newest, old] = await authoritiesInForce(cluster.state);
  look();
  await eventually(() => local.got.length > 1 && b.got.length > 1);
  const signedBy = ({ certificate }: { certificate: X509Certificate }, ca = newest) =>
    certificate.verify(new X509Certificate(ca?.value.certificate ?? '').publicKey);
  for (const { got } of [local, b]) {
    const [, second = assert.fail()] = got;
    assert.deepEqual(second.ca, [newest?.value.certificate, old?.value.certificate]);
    assert.ok(signedBy(second, old), 'by the one that all know');
  }
  look();
  await eventually(() => local.got.length > 2 && b.got.length > 2);
  for (const { got } of [local, b]) assert.ok(got[2] && signedBy(got[2]));
  await dropOldAuthority(cluster.state, [], event(2));
  look();
  await eventually(() => local.got.length > 3 && b.got.length > 3);
  assert.deepEqual(local.got[3]?.ca, [newest?.value.certificate]);
});

test('a cluster of one machine has none of it until a second one joins', async (t) => {
  const { cluster, local, look } = await setUp(t, { joined: false });
  look();
  cluster.now += 3_600_000;
  const from = new Date(cluster.now - 86_400_000);
  const joined = { at: 1, address: '10.0.0.2', certificates: [] };
  await cluster.state.store.txn({
    then: [cluster.state.nodes.put({ id: 'b', name: 'web2', availability: 'active', joined })],
  });
  look();
  await eventually(() => local.got.length > 0);
  assert.deepEqual(local.got[0]?.certificate.validFromDate, from);
});

test('a data plane that takes no part any more is written down as such; one that is away is not', async (t) => {
  const { b, relayOf, look } = await setUp(t);
  while ((await relayOf('b')) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  b.is.relay = undefined;
  look();
  while ((await relayOf('b')) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('a node that comes back with another address is reached there; one that is set counts, until it is taken back', async (t) => {
  const { cluster, told, relayOf, look } = await setUp(t);
  const reachedAt = (address: string, master = '10.0.0.1') =>
    until(`it to be reached at ${address}`, async () => {
      look();
      const relay = await relayOf('b');
      return relay?.address === address && relay.master === master;
    });
  const change = async (id: string, address: string | undefined) => {
    for (;;) {
      const stored = await cluster.state.nodes.get(id);
      assert.ok(stored);
      const { succeeded } = await cluster.state.store.txn({
        compare: [unchanged(stored)],
        then: [cluster.state.nodes.put({ ...stored.value, address })],
      });
      if (succeeded) return;
    }
  };
  await reachedAt('10.0.0.2');
  told.address = '10.9.0.2';
  await reachedAt('10.9.0.2');
  told.address = '';
  look();
  await change('b', '192.0.2.7');
  await reachedAt('192.0.2.7');
  await change(LOCAL_NODE, '192.0.2.1');
  await reachedAt('192.0.2.7', '192.0.2.1');
  told.address = '10.9.0.3';
  await change('b', undefined);
  await change(LOCAL_NODE, undefined);
  await reachedAt('10.9.0.3');
});
