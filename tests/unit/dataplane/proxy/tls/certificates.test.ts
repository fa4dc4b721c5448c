import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { until } from '../../../../lab/until.ts';
import { health, httpOrigin, route, table, target } from '../rig.ts';
import { ask, get, handshake, makeCa, SELF_SIGNED, setOf, startSecure } from './rig.ts';

const subjectOf = (certificate: { subject?: { CN?: string | string[] } }) => certificate.subject?.CN;

test('a client is shown the certificate of the name it asks for: exact, wildcard, or a self-signed one', async (t) => {
  const { proxy, port } = await startSecure(t);
  const { ca, issue } = await makeCa();
  const all = [await issue('a.test'), await issue('*.b.test'), await issue('c.b.test'), await issue('a.test')];
  assert.deepEqual(proxy.certify(setOf(all)), []);
  const shown = async (servername: string) => {
    const socket = await handshake(t, port, { servername, ca });
    const found = socket.getPeerCertificate();
    socket.destroy();
    return [subjectOf(found), socket.authorized];
  };
  assert.deepEqual(await shown('a.test'), ['a.test', true]);
  assert.deepEqual(await shown('A.Test'), ['a.test', true]);
  assert.deepEqual(await shown('x.b.test'), ['*.b.test', true]);
  assert.deepEqual(await shown('c.b.test'), ['c.b.test', true]);
  assert.deepEqual(await shown('y.x.b.test'), ['orca test', false]);
  assert.deepEqual(await shown('b.test'), ['orca test', false]);
  assert.deepEqual(await shown(''), ['orca test', false]);
});

test('another set is served from the next handshake on, and connections that are open stay', async (t) => {
  const { proxy, port } = await startSecure(t);
  const origin = await httpOrigin(t, (_, response) => response.end('hello'));
  const web = target('web.1', origin.port);
  proxy.use(table([route(['web.1'], { host: 'a.test' })], [web]));
  proxy.setHealth([health(web)]);
  const { issue } = await makeCa();
  proxy.certify(setOf([await issue('a.test')]));
  const before = await handshake(t, port, { servername: 'a.test' });
  const renewed = await issue('a.test');
  proxy.certify(setOf([renewed]));
  const after = await handshake(t, port, { servername: 'a.test' });
  assert.notEqual(before.getPeerCertificate().serialNumber, after.getPeerCertificate().serialNumber);
  assert.match(await ask(before, get('a.test')), /^HTTP\/1\.1 200 OK\r\n.*hello/s);
  proxy.certify(setOf([]));
  const last = await handshake(t, port, { servername: 'a.test' });
  assert.equal(subjectOf(last.getPeerCertificate()), 'orca test');
});

test('what is no pair is told in words, without the key, and the others are served', async (t) => {
  const { proxy, port } = await startSecure(t);
  const { ca, issue } = await makeCa();
  const [a, b, c] = [await issue('a.test'), await issue('b.test'), await issue('c.test')];
  const problems = proxy.certify(
    setOf([{ ...a, key: b.key }, { ...b, chain: 'nonsense' }, { ...c, key: 'SECRET' }, c]),
  );
  assert.equal(problems.length, 3);
  assert.match(problems[0] ?? '', /^the certificate for a\.test cannot be used: its key is another one$/);
  assert.match(problems[1] ?? '', /^the certificate for b\.test cannot be used: /);
  assert.doesNotMatch(problems.join(), /SECRET|BEGIN/);
  assert.equal((await handshake(t, port, { servername: 'c.test', ca })).authorized, true);
});

test('a session is resumed at another worker with the same ticket keys, and not with others', async (t) => {
  const [one, two, three] = [await startSecure(t), await startSecure(t), await startSecure(t)];
  three.proxy.identifyTls({ selfSigned: SELF_SIGNED, tickets: Buffer.alloc(48, 9).toString('base64') });
  const { issue } = await makeCa();
  const set = setOf([await issue('a.test')]);
  for (const { proxy } of [one, two, three]) proxy.certify(set);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { servername: 'a.test', minVersion: version, maxVersion: version };
    const first = await handshake(t, one.port, options);
    const [session] = await Promise.all([
      version === 'TLSv1.3' ? once(first, 'session').then(([found]) => found as Buffer) : first.getSession(),
      ask(first, get('a.test')),
    ]);
    assert.equal((await handshake(t, two.port, { ...options, session })).isSessionReused(), true, version);
    assert.equal((await handshake(t, three.port, { ...options, session })).isSessionReused(), false, version);
  }
});

test('who offers acme-tls/1 alone is shown the proof of a challenge, and everybody else the certificate', async (t) => {
  const { proxy, port } = await startSecure(t);
  const { issue } = await makeCa();
  const [served, proof] = [await issue('a.test'), await issue('proof.test')];
  const asked = { servername: 'a.test', ALPNProtocols: ['acme-tls/1'] };
  const alpn = [{ name: 'a.test', chain: proof.chain, key: proof.key }];
  proxy.certify(setOf([served]));
  await assert.rejects(handshake(t, port, asked));
  proxy.certify(setOf([served], { alpn }));
  const ca = await handshake(t, port, asked);
  assert.deepEqual([ca.alpnProtocol, subjectOf(ca.getPeerCertificate())], ['acme-tls/1', 'proof.test']);
  await assert.rejects(handshake(t, port, { ...asked, servername: 'b.test' }));
  for (const ALPNProtocols of [['http/1.1', 'acme-tls/1'], ['h2', 'http/1.1'], undefined]) {
    const client = await handshake(t, port, { servername: 'a.test', ALPNProtocols });
    assert.equal(subjectOf(client.getPeerCertificate()), 'a.test');
    assert.equal(client.alpnProtocol, ALPNProtocols ? 'http/1.1' : false);
  }
  proxy.certify(setOf([served]));
  await assert.rejects(handshake(t, port, asked));
});

test('who speaks nothing that is spoken here, or TLS of old, gets no connection', async (t) => {
  const { port } = await startSecure(t);
  await assert.rejects(handshake(t, port, { servername: 'a.test', ALPNProtocols: ['h2'] }));
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await assert.rejects(handshake(t, port, { servername: 'a.test', ...old }));
});

test('handshakes that do not go on end in time, and one address has not more of them than the limit', async (t) => {
  const { proxy, port, raw } = await startSecure(t, {
    limits: { handshakesPerAddress: 2 },
    timeouts: { tlsHandshake: 600_000 },
  });
  const idle = [connectTcp(port, '127.0.0.1'), connectTcp(port, '127.0.0.1')];
  t.after(() => {
    for (const socket of idle) socket.destroy();
  });
  await until('both are accepted', () => raw.size === 2);
  const third = connectTcp(port, '127.0.0.1');
  third.on('error', () => {});
  await once(third, 'close');
  const drained = proxy.drain();
  let isDrained = false;
  void drained.then(() => {
    isDrained = true;
  });
  idle[0]?.destroy();
  await until('one is left', () => raw.size === 1);
  assert.equal(isDrained, false);
  idle[1]?.destroy();
  await drained;
  const { port: quick } = await startSecure(t, { timeouts: { tlsHandshake: 1 } });
  const slow = connectTcp(quick, '127.0.0.1');
  slow.on('error', () => {});
  slow.resume();
  await once(slow, 'close');
});

test('a connection is closed as long as there is nothing to serve TLS with', async (t) => {
  const { port } = await startSecure(t, { isUnidentified: true });
  await assert.rejects(handshake(t, port, { servername: 'a.test' }));
});
