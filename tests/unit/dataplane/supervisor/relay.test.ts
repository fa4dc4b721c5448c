import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { createRelay } from '../../../../src/dataplane/supervisor/relay.ts';
import type { ToWorker } from '../../../../src/dataplane/worker/messages.ts';
import { issueCertificate, makeAuthority } from '../../../../src/identity/certificates/authority.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';

function setUp() {
  const told: ToWorker[] = [];
  const logged: string[] = [];
  let changes = 0;
  const relay = createRelay({
    broadcast: (message) => told.push(message),
    onChange: () => {
      changes += 1;
    },
    log: createLogger({ level: 'info', destination: { write: (line) => logged.push(line) } }),
  });
  return { relay, told, logged, changes: () => changes };
}

const signed = async (publicKey: string) => {
  const authority = await makeAuthority('c', Date.now());
  const names = ['a.relay.orca.internal'];
  const wish = { publicKey: createPublicKey(publicKey), commonName: names[0] ?? '', names, now: Date.now() };
  return { certificate: await issueCertificate(authority, { ...wish, lifetime: 60_000 }), ca: [authority.certificate] };
};

test('a certificate for its key is given to all workers, and to those that begin later', async () => {
  const { relay, told } = setUp();
  assert.equal(relay.identity(), undefined);
  const { certificate, ca } = await signed(relay.publicKey);
  relay.certify(certificate, ca);
  const identity = relay.identity();
  assert.equal(identity?.certificate, certificate);
  assert.deepEqual(told, [{ type: 'relay', identity }]);
});

test('one for another key, or none at all, changes nothing, and its key stands in no log', async () => {
  const { relay, told, logged } = setUp();
  const { certificate, ca } = await signed(setUp().relay.publicKey);
  relay.certify(certificate, ca);
  relay.certify('no certificate', ca);
  assert.equal(relay.identity(), undefined);
  assert.deepEqual(told, []);
  assert.equal(logged.length, 2);
  assert.doesNotMatch(logged.join(''), /PRIVATE/);
});

test('what any worker cannot do is told, until that worker can, or is gone', () => {
  const { relay, changes } = setUp();
  relay.heard(1, { type: 'relay', error: 'in use' });
  relay.heard(2, { type: 'relay' });
  relay.heard(2, { type: 'reach', node: 'b', error: 'refused' });
  assert.deepEqual(relay.report(), { type: 'relay', problem: 'in use', unreached: [{ node: 'b', error: 'refused' }] });
  relay.heard(2, { type: 'reach', node: 'b' });
  relay.died(1);
  assert.deepEqual(relay.report(), { type: 'relay', unreached: [] });
  assert.equal(changes(), 5);
});

test('of two workers that see a node differently, the one that fares worse is told', () => {
  for (const [first, second] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const { relay } = setUp();
    relay.heard(first, { type: 'reach', node: 'b', error: 'refused', through: { error: 'no agent' } });
    relay.heard(second, { type: 'reach', node: 'b', error: 'refused', through: {} });
    assert.deepEqual(relay.report().unreached, [{ node: 'b', error: 'refused', through: { error: 'no agent' } }]);
    relay.heard(first, { type: 'reach', node: 'b', error: 'refused', through: {} });
    assert.deepEqual(relay.report().unreached, [{ node: 'b', error: 'refused', through: {} }]);
  }
});
