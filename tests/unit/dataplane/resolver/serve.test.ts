import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { framed } from '../../../../src/dataplane/resolver/frames.ts';
import { answerConnection, answerDatagrams } from '../../../../src/dataplane/resolver/serve.ts';
import { question } from './ask.ts';

// A container that keeps NET_RAW can send from port 0; nothing can be sent there, and Node throws.
test('a question from port 0 is passed over', async (t) => {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const asked: Buffer[] = [];
  answerDatagrams(socket, {
    ask: async (bytes) => {
      asked.push(bytes);
      return bytes;
    },
  });
  socket.emit('message', question('db'), { address: '127.0.0.1', family: 'IPv4', port: 0, size: 20 });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked, []);
});

/** A connection whose other end takes nothing. */
class Deaf extends Duplex {
  setTimeout(): void {}
  override _read(): void {}
  override _write(): void {}
}

test('who asks on over a connection and reads no answer is let go', async () => {
  const socket = new Deaf();
  answerConnection(socket as unknown as Socket, '127.0.0.1', { ask: async () => Buffer.alloc(16 * 1024) });
  for (let asked = 0; asked < 100 && !socket.destroyed; asked += 1) {
    socket.push(framed(question('db')));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(socket.destroyed, `${socket.writableLength} bytes wait`);
});
