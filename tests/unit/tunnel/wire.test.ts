import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { until } from '../../lab/until.ts';
import { connectPair, openTarget, type Pair, type Target } from '../../lab/wire.ts';

/** What the target does with the connection that says so in its first line. */
const BEHAVIOURS: Readonly<Record<string, (socket: Socket) => void>> = {
  echo: (socket) => void socket.pipe(socket),
  'answer after the end': (socket) => void text(socket).then((said) => socket.end(`heard ${said.length}`)),
  'end first': (socket) => {
    socket.end('bye');
    text(socket).then((said) => later.push(said));
  },
  hold: (socket) => {
    socket.write('part');
    held.push(socket);
  },
  'say much and close': (socket) => {
    socket.write(MUCH);
    socket.end(() => socket.destroy());
  },
  'tell of the end': (socket) => {
    socket.once('end', () => later.push('closed'));
    socket.resume();
    socket.write('open');
  },
};
const MUCH = randomBytes(3 * 1024 * 1024);
const later: string[] = [];
const held: Socket[] = [];

let target: Target;
let pair: Pair;
before(async () => {
  target = await openTarget((socket) =>
    socket.once('data', (first: Buffer) => {
      const line = first.indexOf(10);
      socket.pause();
      if (line + 1 < first.length) socket.unshift(first.subarray(line + 1));
      BEHAVIOURS[first.subarray(0, line).toString()]?.(socket);
    }),
  );
  pair = await connectPair({ node: { targets: { docker: target.path, ingress: '/none/there' } } });
});
after(async () => {
  await pair?.close();
  target?.close();
});

const open = (behaviour: string, way: 'quick' | 'patient' = 'quick'): Duplex => {
  const stream = pair.wire.connect('docker', way).on('error', () => undefined);
  stream.write(`${behaviour}\n`);
  return stream;
};
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

for (const way of ['quick', 'patient'] as const) {
  test(`bytes go both ways as they are, ${way}`, async () => {
    const stream = open('echo', way);
    stream.end(MUCH);
    const pieces: Uint8Array[] = [];
    for await (const piece of stream) pieces.push(piece);
    assert.equal(digest(Buffer.concat(pieces)), digest(MUCH));
  });
}

test('each direction ends for itself', async () => {
  const asked = open('answer after the end');
  asked.end('12345');
  assert.equal(await text(asked), 'heard 5');

  const told = open('end first');
  assert.equal(await text(told), 'bye');
  told.end('still here');
  await until('the other direction', () => later.includes('still here'));
});

test('what breaks on the node breaks here, and is no end', async () => {
  for (const isEnded of [false, true]) {
    const stream = open('hold');
    await once(stream, 'readable');
    // A socket that is closed with bytes unread breaks at its other end.
    stream.write(MUCH);
    if (isEnded) stream.end();
    const after = open('echo');
    after.end('these bytes come after those');
    await text(after);
    held.pop()?.destroy();
    await assert.rejects(text(stream), (error) => {
      assert.ok(error instanceof OrcaError);
      assert.equal(error.code, 'unavailable');
      assert.equal(error.message, `node "${pair.id}" lost the connection to its docker`);
      return true;
    });
  }
});

test('what was said before a connection was closed is read, however late', async () => {
  const stream = open('say much and close');
  await until('the node to have closed it', () => stream.readableLength > 0);
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) {
    pieces.push(piece);
    await new Promise(setImmediate);
  }
  assert.equal(digest(Buffer.concat(pieces)), digest(MUCH));
});

test('what is given up here is closed there', async () => {
  const stream = open('tell of the end');
  await new Promise((resolve) => stream.once('data', resolve));
  stream.destroy();
  await until('it to be closed', () => later.includes('closed'));
});

test('a socket that is not there is told with the node, the socket and why', async () => {
  const stream = pair.wire.connect('ingress', 'quick');
  await assert.rejects(text(stream), {
    code: 'unavailable',
    message: `node "${pair.id}" does not reach its data plane: /none/there: connect ENOENT /none/there`,
  });
});

test('calls have their answers', async () => {
  assert.equal((await pair.wire.status()).cpus, 2);
  assert.equal((await pair.wire.requestCertificate()).csr, 'a request');
  await pair.wire.giveCertificate({ certificate: 'one', ca: ['a'] });
  assert.deepEqual(pair.wire.hello(), { protocol: 1, id: pair.id, version: '1.0.0' });
  assert.ok((pair.wire.lastHeard() ?? 0) <= performance.now());
  await until('a ping', () => (pair.wire.roundTrip() ?? -1) >= 0);
});

test('a stream that nobody reads holds up no other', async () => {
  const full = Array.from({ length: 6 }, () => open('echo', 'patient'));
  for (const stream of full) stream.write(Buffer.alloc(8 * 1024 * 1024));
  const stream = open('answer after the end', 'patient');
  stream.end('x'.repeat(MUCH.length));
  assert.equal(await text(stream), `heard ${MUCH.length}`);
  for (const one of full) one.destroy();
});

test('a storm of streams that are opened and given up ends no connection', async () => {
  const { told } = pair;
  const before = told.length;
  for (let round = 0; round < 8; round += 1) {
    const streams = Array.from({ length: 250 }, () => open('echo', 'patient'));
    await new Promise(setImmediate);
    for (const stream of streams) stream.destroy();
  }
  const stream = open('answer after the end', 'patient');
  stream.end('still');
  assert.equal(await text(stream), 'heard 5');
  assert.equal(told.length, before);
});
