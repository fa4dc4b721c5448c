import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { connectPair, openTarget, type Pair, type Target } from '../../lab/wire.ts';

/** Bytes that each stream brings, and how much of them may be on the way, in all buffers of both ends and of the kernel. */
const [SENT, HELD] = [64 * 1024 * 1024, 24 * 1024 * 1024];
const CHUNK = Buffer.alloc(256 * 1024, 'orca');

let target: Target;
let pair: Pair;
let sent = 0;
let read = 0;
let reader: Socket | undefined;
before(async () => {
  target = await openTarget((socket) =>
    socket.once('data', (first: Buffer) => {
      if (first[0] === 'e'.charCodeAt(0)) {
        socket.write(first);
        return void socket.pipe(socket);
      }
      if (first[0] === 'u'.charCodeAt(0)) {
        read = first.length - 1;
        socket.on('data', (bytes) => {
          read += bytes.length;
        });
        reader = socket.pause();
        return void socket.once('end', () => socket.end(String(read)));
      }
      const send = (): void => {
        while (sent < SENT) {
          sent += CHUNK.length;
          if (!socket.write(CHUNK)) return void socket.once('drain', send);
        }
        socket.end();
      };
      send();
    }),
  );
  pair = await connectPair({ node: { targets: { docker: target.path } } });
});
after(async () => {
  await pair?.close();
  target?.close();
});

const open = (said: string) => {
  const stream = pair.wire.connect('docker', 'patient').on('error', () => undefined);
  stream.write(said);
  return stream;
};

/** What else happens on the connection goes through, however full it is. */
async function roundTrips(): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const other = open('e');
    other.end('there and back');
    assert.equal(await text(other), 'ethere and back');
  }
}

test('what nobody reads stays where it is', async () => {
  const stream = open('d');
  await roundTrips();
  assert.ok(sent < HELD, `${sent} bytes left their place without a reader`);
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  assert.equal(bytes, SENT);
});

test('what is sent waits for its reader', async () => {
  const stream = open('u');
  let given = 0;
  const all = (async () => {
    for (; given < SENT; given += CHUNK.length) {
      if (!stream.write(CHUNK)) await new Promise((resolve) => stream.once('drain', resolve));
    }
    stream.end();
  })();
  await roundTrips();
  assert.ok(given < HELD, `${given} bytes were taken without a reader`);
  reader?.resume();
  await all;
  assert.equal(await text(stream), String(SENT));
});
