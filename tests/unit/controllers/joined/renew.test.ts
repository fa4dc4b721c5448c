import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renew } from '../../../../src/controllers/joined/renew.ts';
import { createRoster } from '../../../../src/controllers/joined/roster.ts';
import { OrcaError } from '../../../../src/core/errors.ts';
import type { NewCertificate } from '../../../../src/core/nodes/wire.ts';
import { readCertificate } from '../../../../src/identity/certificates/certificate.ts';
import { digestOfPrivateKey, newPrivateKey } from '../../../../src/identity/certificates/key.ts';
import { makeSigningRequest } from '../../../../src/identity/certificates/signing-request.ts';
import { machine, type TestCluster, testCluster } from './cluster.ts';

/** The node's end: what it would show when it dials next. */
function nodeWith(key: string) {
  let making = key;
  const node = {
    key: digestOfPrivateKey(key),
    breaks: undefined as 'before-request' | 'before-kept' | 'after-kept' | undefined,
    given: undefined as NewCertificate | undefined,
    async requestCertificate() {
      if (node.breaks === 'before-request') throw new OrcaError('unavailable', 'web2 is away');
      making = newPrivateKey();
      return { csr: await makeSigningRequest(making, 'x') };
    },
    async giveCertificate(given: NewCertificate) {
      if (node.breaks === 'before-kept') throw new OrcaError('unavailable', 'web2 is away');
      node.key = readCertificate(given.certificate).key;
      node.given = given;
      if (node.breaks === 'after-kept') throw new OrcaError('unavailable', 'web2 is away');
    },
  };
  return node;
}

async function joinedNode(cluster: TestCluster) {
  const web2 = await machine();
  await cluster.join(web2.request(await cluster.secret()));
  const roster = createRoster(cluster.state, cluster.options.commit);
  const keys = async () =>
    (await cluster.state.nodes.get(web2.id))?.value.joined?.certificates.map(({ key }) => key) ?? [];
  const record = async () => {
    const stored = await cluster.state.nodes.get(web2.id);
    assert.ok(stored);
    return stored.value;
  };
  /** It dials with what it has. */
  const dials = async (key: string) => {
    await roster.reload();
    const why = roster.refusal(web2.id, key);
    if (why === undefined) await roster.settle(web2.id);
    await roster.reload();
    return why;
  };
  return { web2, node: nodeWith(web2.key), keys, record, dials };
}

describe('the next certificate of a node', () => {
  it('is for a new key, and ends the one before once the node has kept it', async (t) => {
    const cluster = await testCluster(t);
    const { web2, node, keys, record, dials } = await joinedNode(cluster);
    const old = node.key;
    cluster.now += 60 * 86_400_000;
    await renew(cluster.options, node, await record());
    assert.notEqual(node.key, old);
    assert.deepEqual(await keys(), [node.key]);
    assert.equal(readCertificate(node.given?.certificate ?? '').until, cluster.now + 90 * 86_400_000);
    assert.match((await dials(old)) ?? '', /is over: another one took its place/);
    assert.equal(await dials(node.key), undefined);
    assert.equal((await record()).id, web2.id);
  });

  it('locks nobody out, wherever node or master is killed, and however often', async (t) => {
    const cluster = await testCluster(t);
    const { node, record, dials } = await joinedNode(cluster);
    for (const moment of [
      'before-request',
      'before-kept',
      'after-kept',
      'before-kept',
      'after-kept',
      'after-kept',
    ] as const) {
      node.breaks = moment;
      await assert.rejects(renew(cluster.options, node, await record()), { code: 'unavailable' });
      if (moment !== 'after-kept') assert.equal(await dials(node.key), undefined, moment);
    }
    assert.equal(await dials(node.key), undefined);
    node.breaks = undefined;
    await renew(cluster.options, node, await record());
    assert.equal(await dials(node.key), undefined);
    assert.equal((await record()).joined?.certificates.length, 1);
  });

  it('is none for a node that was removed meanwhile, and not for another key than the one it proved', async (t) => {
    const cluster = await testCluster(t);
    const { node, record, dials } = await joinedNode(cluster);
    const before = await record();
    await assert.rejects(renew(cluster.options, { ...node, requestCertificate: async () => ({ csr: 'x' }) }, before), {
      code: 'invalid',
    });
    await cluster.state.store.txn({ then: [cluster.state.nodes.remove(before)] });
    await renew(cluster.options, node, before);
    assert.equal(node.given, undefined);
    assert.match((await dials(node.key)) ?? '', /was removed from the cluster/);
  });
});
