import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { until } from '../../../../lab/until.ts';
import { handshake, makeCa, setOf, startSecure } from './rig.ts';

/** The ClientHello that Node sends for this name. */
async function helloFor(servername: string, ALPNProtocols?: string[]): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', servername, ...(ALPNProtocols && { ALPNProtocols }) });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return bytes as Buffer;
}

/** The name in a hello is replaced by one as long. */
const named = (hello: Buffer, from: string, to: Buffer): Buffer => {
  const at = hello.indexOf(from);
  assert.ok(at > 0 && to.length === from.length);
  return Buffer.concat([hello.subarray(0, at), to, hello.subarray(at + from.length)]);
};

test('odd names, broken, cut and foreign handshakes end their own connection, and nobody else is served worse', async (t) => {
  const bugs: unknown[] = [];
  const onBug = (error: unknown) => bugs.push(error);
  process.on('uncaughtException', onBug);
  t.after(() => process.off('uncaughtException', onBug));
  const { proxy, port, raw } = await startSecure(t);
  const { ca, issue } = await makeCa();
  const [served, proof] = [await issue('good.test'), await issue('proof.test')];
  const hello = await helloFor('aaaa.test', ['http/1.1']);
  const asked = await helloFor('aaaa.test', ['acme-tls/1']);
  const odd = [
    ...['\0\0\0\0.test', '....-test', '*.*.*test', 'a\'b"c.t\r\n', '__proto__', 'localhost', '127.0.0.1'].map((name) =>
      named(hello, 'aaaa.test', Buffer.from(name.padEnd(9, '\xff').slice(0, 9), 'latin1')),
    ),
    named(asked, 'aaaa.test', Buffer.alloc(9, 0xff)),
    Buffer.from('GET / HTTP/1.1\r\nHost: good.test\r\n\r\n'),
    Buffer.from('SSH-2.0-x\r\n'),
    Buffer.alloc(64 * 1024),
    Buffer.alloc(64 * 1024, 0xff),
    Buffer.from([22, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xff]),
    Buffer.from([22, 3, 1, 0, 0]),
    ...[1, 5, 9, 43, 60, 100, hello.length - 1].map((size) => hello.subarray(0, size)),
    // Each byte that says how long something is, and many that do not, wrong once.
    ...Array.from({ length: Math.min(160, hello.length) }, (_, at) => {
      const bad = Buffer.from(at % 2 === 0 ? hello : asked);
      bad[at] = (bad[at] ?? 0) ^ 0xff;
      return bad;
    }),
  ];
  for (const alpn of [[], [{ name: 'aaaa.test', chain: proof.chain, key: proof.key }]]) {
    proxy.certify(setOf([served], { alpn }));
    for (const bytes of odd) {
      const socket = connectTcp(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      socket.end(bytes);
    }
    const good = await handshake(t, port, { servername: 'good.test', ca });
    assert.equal(good.authorized, true);
    good.destroy();
    await until('all of them are over', () => raw.size === 0);
  }
  assert.deepEqual(bugs, []);
  assert.equal(proxy.connections, 0);
});

test('a hello in pieces is a hello', async (t) => {
  const { proxy, port } = await startSecure(t);
  const { issue } = await makeCa();
  const proof = await issue('proof.test');
  proxy.certify(setOf([], { alpn: [{ name: 'x.test', chain: proof.chain, key: proof.key }] }));
  const hello = await helloFor('aaaa.test', ['http/1.1']);
  const socket = connectTcp(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let got = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    got = Buffer.concat([got, bytes]);
  });
  for (const byte of hello) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
  await until('the server says hello', () => got.length > 5 && got[0] === 22);
});
