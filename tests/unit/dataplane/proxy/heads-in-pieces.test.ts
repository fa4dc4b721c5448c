import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../../../src/dataplane/proxy/http1/fault.ts';
import { findHead } from '../../../../src/dataplane/proxy/http1/head-end.ts';
import { bodyOf, eventually, getOnce, HOST, OK, open, rawOrigin, startRig } from './rig.ts';

const LIMIT = 40;
const told = (found: ReturnType<typeof findHead>): unknown => (found instanceof Fault ? found.code : found);

/** What comes of a head that arrives a piece at a time, and after how many bytes. */
function inPieces(bytes: Buffer, from: number, ends: readonly number[], remembers: boolean): unknown {
  let checked = 0;
  for (const end of ends) {
    const found = findHead(bytes.subarray(0, end), from, LIMIT, remembers ? checked : 0);
    if (found !== undefined) return { after: end, found: told(found) };
    checked = end;
  }
  return undefined;
}

test('a head in pieces is found, and refused, as if all of it were looked at each time', () => {
  const part = fc.constantFrom('\r\n', '\r\n\r\n', '\r', '\n', 'a', 'b: c', '\x00', '\xe4', 'x'.repeat(15));
  const text = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.constantFrom(0, 2), fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (head, from, steps) => {
      const bytes = Buffer.from('\r\n'.slice(0, from) + head, 'latin1');
      const ends: number[] = [];
      for (let end: number = from; end < bytes.length; ) {
        end = Math.min(bytes.length, end + steps.next().value);
        ends.push(end);
      }
      assert.deepEqual(inPieces(bytes, from, ends, true), inPieces(bytes, from, ends, false));
    }),
    { numRuns: 5000 },
  );
});

/** Counts how often bytes become text, and how many. */
function countDecoded(t: TestContext): { times: () => number; bytes: () => number } {
  const { mock } = t.mock.method(Buffer.prototype, 'toString');
  const sizes = (): number[] => mock.calls.map(({ arguments: [, start = 0, end = 0] }) => end - start);
  return { times: () => mock.callCount(), bytes: () => sizes().reduce((sum, size) => sum + size, 0) };
}

const PIECES = 100;
const PIECE = `X: ${'y'.repeat(295)}\r\n`;

/** Sends a long head, each piece when the one before has been looked at. */
async function sendInPieces(t: TestContext, begin: string, send: (bytes: Buffer) => unknown): Promise<number> {
  const pieces = [begin, ...Array<string>(PIECES).fill(PIECE)].map((piece) => Buffer.from(piece, 'latin1'));
  const decoded = countDecoded(t);
  for (const piece of pieces) {
    const before = decoded.times();
    send(piece);
    await eventually(() => decoded.times() > before);
  }
  return decoded.bytes();
}

test('of a request head in pieces each byte is looked at once', async (t) => {
  const origin = await rawOrigin(t, (socket) => socket.once('data', () => socket.write(OK)));
  const { port } = await startRig(t, [origin]);
  const client = open(t, port);
  const begin = `GET / HTTP/1.1\r\nConnection: close\r\nHost: ${HOST}\r\n`;
  const bytes = await sendInPieces(t, begin, (piece) => client.send(piece));
  client.send('\r\n');
  assert.equal(bodyOf(await client.end()), 'ok');
  assert.ok(bytes < 2 * PIECES * PIECE.length, `${bytes} bytes`);
});

test("of an answer's head in pieces each byte is looked at once", async (t) => {
  const origin = await rawOrigin(t, (socket) => socket.resume());
  const { port } = await startRig(t, [origin]);
  const client = open(t, port).send(getOnce());
  await eventually(() => origin.sockets.size === 1);
  const [socket] = origin.sockets;
  const bytes = await sendInPieces(t, 'HTTP/1.1 200 OK\r\n', (piece) => socket?.write(piece));
  socket?.write('Content-Length: 2\r\n\r\nok');
  assert.equal(bodyOf(await client.end()), 'ok');
  assert.ok(bytes < 2 * PIECES * PIECE.length, `${bytes} bytes`);
});
