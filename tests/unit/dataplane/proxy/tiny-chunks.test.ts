import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { readRequest } from './hostile/oracle.ts';
import { exchange, getOnce, HOST, OK, rawOrigin, startRig } from './rig.ts';

const COUNT = 100_000;
const DATA = Array.from({ length: COUNT }, (_, at) => String.fromCharCode(97 + (at % 26))).join('');
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const TINY = `${Array.from(DATA, (letter) => `1\r\n${letter}\r\n`).join('')}0\r\n\r\n`;

/** Counts how often any socket of this process is written to: the proxy's, and a few times the test's own. */
function countWrites(t: TestContext): () => number {
  const { mock } = t.mock.method(Socket.prototype, 'write');
  return () => mock.callCount();
}

test('an upload in chunks of a byte arrives whole, in about as many writes as it was read in', async (t) => {
  let received = '';
  const origin = await rawOrigin(t, (socket) => {
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      if (received.endsWith('\r\n0\r\n\r\n')) socket.write(OK);
    });
  });
  const { port } = await startRig(t, [origin]);
  const writes = countWrites(t);
  await exchange(t, port, `POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n${CHUNKED}\r\n${TINY}`);
  const reading = readRequest(received);
  assert.ok(reading.kind === 'request' && reading.request.body === DATA, reading.kind);
  assert.ok(writes() < COUNT / 20, `${writes()} writes`);
});

test('a download in chunks of a byte arrives whole, in about as many writes as it was read in', async (t) => {
  const origin = await rawOrigin(t, (socket) =>
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n${CHUNKED}\r\n${TINY}`)),
  );
  const { port } = await startRig(t, [origin]);
  const writes = countWrites(t);
  const answer = await exchange(t, port, getOnce());
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  const reading = readRequest(asRequest(body));
  assert.ok(reading.kind === 'request' && reading.request.body === DATA, reading.kind);
  assert.ok(writes() < COUNT / 20, `${writes()} writes`);
});

/** A chunked body in a request that is sound apart from it. */
const asRequest = (body: string): string =>
  `GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Real-IP: 127.0.0.1\r\n${CHUNKED}\r\n${body}`;
