import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import type { JoinReply } from '../../../../src/core/nodes/wire.ts';
import { digestOfPrivateKey } from '../../../../src/identity/certificates/key.ts';
import { makeSigningRequest } from '../../../../src/identity/certificates/signing-request.ts';
import type { Store } from '../../../../src/store/contract.ts';
import { machine, testCluster } from './cluster.ts';

const joined = (reply: JoinReply) => {
  assert.equal(reply.type, 'joined', JSON.stringify(reply));
  return reply as Extract<JoinReply, { type: 'joined' }>;
};
const refusal = (reply: JoinReply) => {
  assert.equal(reply.type, 'refused');
  return reply as Extract<JoinReply, { type: 'refused' }>;
};

describe('a join', () => {
  it('signs the key of the machine a certificate of the cluster, for its id', async (t) => {
    const cluster = await testCluster(t);
    const web2 = await machine();
    const reply = joined(await cluster.join(web2.request(await cluster.secret())));
    const [certificate, ca] = [new X509Certificate(reply.certificate), new X509Certificate(reply.ca[0] ?? '')];
    assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
    assert.equal(certificate.subject, `CN=${web2.id}`);
    assert.deepEqual([reply.cluster, reply.id, reply.name], ['c1', web2.id, 'web2']);
    const node = (await cluster.state.nodes.get(web2.id))?.value;
    assert.deepEqual(
      node?.joined?.certificates.map(({ key, until }) => [key, until]),
      [[digestOfPrivateKey(web2.key), cluster.now + 90 * 86_400_000]],
    );
  });

  it('lets one machine in of two that come at once with one line', async (t) => {
    const cluster = await testCluster(t);
    const secret = await cluster.secret();
    const machines = await Promise.all(['a', 'b', 'c', 'd'].map(machine));
    const replies = await Promise.all(machines.map((one) => cluster.join(one.request(secret))));
    const codes = replies.map((reply) => (reply.type === 'joined' ? 'joined' : reply.code)).sort();
    assert.deepEqual(codes, ['joined', 'secret', 'secret', 'secret']);
    assert.equal((await cluster.state.nodes.list()).length, 1);
  });

  it('lets each machine in with a line for many, and one of two of a name', async (t) => {
    const cluster = await testCluster(t);
    const secret = await cluster.secret({ reusable: true });
    const machines = await Promise.all(['a', 'b', 'c', 'a'].map(machine));
    const replies = await Promise.all(machines.map((one) => cluster.join(one.request(secret))));
    assert.deepEqual(replies.map((reply) => (reply.type === 'joined' ? 'joined' : reply.code)).sort(), [
      'joined',
      'joined',
      'joined',
      'name',
    ]);
  });

  it('is asked again by the machine that did not hear the reply; a thief of the line gets nothing', async (t) => {
    const cluster = await testCluster(t);
    const secret = await cluster.secret();
    const [web2, thief] = await Promise.all([machine(), machine('thief')]);
    joined(await cluster.join(web2.request(secret)));
    joined(await cluster.join(web2.request(secret)));
    assert.equal(refusal(await cluster.join(thief.request(secret))).code, 'secret');
    const asWeb2 = thief.request(secret, { id: web2.id, name: 'web2', replace: true });
    assert.equal(refusal(await cluster.join(asWeb2)).code, 'secret');
    cluster.now += 3_600_000;
    assert.match(refusal(await cluster.join(web2.request(secret))).message, /expired/);
    const another = await cluster.secret();
    assert.equal(refusal(await cluster.join({ ...asWeb2, secret: another })).code, 'invalid', 'the id has another key');
    assert.equal((await cluster.state.nodes.list()).length, 1);
  });

  it('is refused with a line that nobody made, that was revoked, or that is over', async (t) => {
    const cluster = await testCluster(t);
    const web2 = await machine();
    const revoked = await cluster.secret();
    await cluster.state.store.txn({ then: [cluster.state.joinSecrets.removeAll()] });
    const over = await cluster.secret({ expiresAt: cluster.now });
    for (const secret of ['a'.repeat(43), revoked, over, ''])
      assert.equal(refusal(await cluster.join(web2.request(secret))).code, 'secret');
    assert.equal((await cluster.state.nodes.list()).length, 0);
  });

  it('is refused without proof that the machine has the key', async (t) => {
    const cluster = await testCluster(t);
    const web2 = await machine();
    const csr = (await makeSigningRequest(web2.key, web2.id)).replace(/.{8}\n-----END/, 'AAAAAAA=\n-----END');
    for (const one of [csr, '', 'x'.repeat(50_000)])
      assert.equal(refusal(await cluster.join(web2.request(await cluster.secret(), { csr: one }))).code, 'invalid');
  });

  it('takes the place of a node that is away if it is told to, whose certificate is over then', async (t) => {
    const cluster = await testCluster(t);
    const [old, next] = await Promise.all([machine(), machine()]);
    joined(await cluster.join(old.request(await cluster.secret())));
    const secret = await cluster.secret();
    assert.equal(refusal(await cluster.join(next.request(secret))).code, 'name');
    cluster.up.add(old.id);
    assert.match(refusal(await cluster.join(next.request(secret, { replace: true }))).message, /is up/);
    cluster.up.clear();
    joined(await cluster.join(next.request(secret, { replace: true })));
    assert.deepEqual(
      (await cluster.state.nodes.list()).map(({ value }) => value.id),
      [next.id],
    );
  });

  it('is done whole or not at all by a master that is killed at its write, and by one that was replaced', async (t) => {
    let fails: 'before' | 'after' | undefined;
    const wrap = (store: Store): Store => ({
      ...store,
      get epoch() {
        return store.epoch;
      },
      async txn(txn) {
        if (fails === 'before') throw new Error('killed');
        const result = await store.txn(txn);
        if (fails === 'after') throw new Error('killed');
        return result;
      },
    });
    const cluster = await testCluster(t, wrap);
    const [web2, thief] = await Promise.all([machine(), machine('thief')]);
    const secret = await cluster.secret();
    for (const moment of ['before', 'after'] as const) {
      fails = moment;
      assert.equal(refusal(await cluster.join(web2.request(secret))).code, 'unavailable');
      fails = undefined;
      const isThere = (await cluster.state.nodes.get(web2.id)) !== undefined;
      const isUsed = (await cluster.state.joinSecrets.list())[0]?.value.used !== undefined;
      assert.deepEqual([isThere, isUsed], moment === 'before' ? [false, false] : [true, true]);
    }
    assert.equal(refusal(await cluster.join(thief.request(secret))).code, 'secret');
    joined(await cluster.join(web2.request(secret)));
    await cluster.state.store.txn({ then: [cluster.state.cluster.put({ name: 'term', number: 2 })] });
    const late = await machine('late');
    assert.equal(refusal(await cluster.join(late.request(await cluster.secret()))).code, 'unavailable');
    assert.equal((await cluster.state.nodes.list()).length, 1);
  });

  it('is refused while the key of the CA cannot be read', async (t) => {
    const cluster = await testCluster(t);
    const other = await testCluster(t);
    const { createJoin } = await import('../../../../src/controllers/joined/join.ts');
    const join = createJoin({ ...cluster.options, vault: other.vault });
    const reply = refusal(await join((await machine()).request(await cluster.secret()), '10.0.0.2'));
    assert.equal(reply.code, 'unavailable');
    assert.equal((await cluster.state.nodes.list()).length, 0);
  });
});
