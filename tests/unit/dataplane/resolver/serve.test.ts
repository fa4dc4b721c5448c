import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { answerDatagrams } from '../../../../src/dataplane/resolver/serve.ts';
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
