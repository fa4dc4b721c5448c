import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { it, type TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readBody } from '../../../src/api/http/read-body.ts';
import { until } from './test-api.ts';

const MIB = 1024 * 1024;

/** Bytes of the heap that are in use. */
function inUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

/** A body that has come so far, in pieces of so many bytes each. */
async function begun(t: TestContext, pieces: number, size: number) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.after(() => client.destroy());
  client.write(
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"\r\n',
  );
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  const before = inUse();
  const body = readBody(request, MIB);
  body.catch(() => {});
  client.write(`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(pieces));
  return { client, request, body, held: () => inUse() - before };
}

it('a body in short pieces takes what it is long, not an object for each', async (t) => {
  const { client, request, body, held } = await begun(t, 9_000, 1);
  await until(() => request.socket.bytesRead === client.bytesWritten, 'all to arrive');
  await until(() => held() < MIB, 'all to be copied, and its pieces to be gone');
  client.write('1\r\n"\r\n0\r\n\r\n');
  assert.equal(await body, 'x'.repeat(9_000));
});

it('a body in more pieces than its length needs is refused before it is whole', async (t) => {
  const { body } = await begun(t, 11_000, 1);
  await assert.rejects(body, { code: 'malformed', message: 'the body comes in more pieces than its length needs' });
  const long = await begun(t, 200, 4096);
  long.client.write('1\r\n"\r\n0\r\n\r\n');
  assert.equal(String(await long.body).length, 200 * 4096);
});
