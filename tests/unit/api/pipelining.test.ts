import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listen } from '../../../src/api/http/listen.ts';
import { MAX_AHEAD } from '../../../src/api/http/pipelining.ts';
import { openApi, until } from './test-api.ts';

const HEAD = 'HTTP/1.1\r\nHost: 127.0.0.1\r\n';

/** A server whose answers come when the test says so, and one client of it. */
async function open(t: TestContext) {
  const seen: string[] = [];
  const begun: { readonly url: string; readonly answer: () => void }[] = [];
  const server = await listen(
    ({ url = '' }: IncomingMessage, response: ServerResponse) => {
      begun.push({ url, answer: () => response.end(`said ${url}.`) });
    },
    { host: '127.0.0.1', port: 0 },
  );
  server.on('request', ({ url = '' }: IncomingMessage) => seen.push(url));
  t.after(() => server.close().closeAllConnections());
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = { ...dial((server.address() as AddressInfo).port), said: '' };
  client.socket.on('data', (data) => (client.said += data));
  const [socket] = await accepted;
  const answerAll = async (count: number) => {
    for (let next = 0; next < count; next += 1) {
      await until(() => begun.length === next + 1, `request ${next} of ${count}`);
      begun[next]?.answer();
    }
  };
  return { server, seen, begun, client, socket, answerAll };
}

function dial(port: number) {
  const client = { socket: connect(port, '127.0.0.1'), isClosed: () => client.socket.closed };
  client.socket.on('error', () => undefined).resume();
  return client;
}

test('requests sent one behind the other are begun one after the other, and answered in order', async (t) => {
  const { seen, begun, client, answerAll } = await open(t);
  client.socket.write([1, 2, 3, 4, 5].map((number) => `GET /${number} ${HEAD}\r\n`).join(''));
  await until(() => seen.length === 5);
  assert.deepEqual(
    begun.map(({ url }) => url),
    ['/1'],
  );
  await answerAll(5);
  await until(() => client.said.includes('said /5.'));
  assert.deepEqual(client.said.match(/said \/\d/g), ['said /1', 'said /2', 'said /3', 'said /4', 'said /5']);
});

test('while a request waits for its turn its connection is not read, and what comes is read in its time', async (t) => {
  const { seen, begun, client, socket, answerAll } = await open(t);
  client.socket.write(`GET /1 ${HEAD}\r\n`);
  await until(() => seen.length === 1);
  client.socket.write(`GET /2 ${HEAD}\r\n`);
  await until(() => seen.length === 2);
  const read = socket.bytesRead;
  const count = 200;
  for (let number = 3; number <= count; number += 1) {
    client.socket.write(`GET /${number} ${HEAD}X-Long: ${'x'.repeat(8 * 1024)}\r\n\r\n`);
  }
  await until(() => client.socket.writableLength < count * 8 * 1024);
  assert.deepEqual([socket.bytesRead, seen.length, begun.length], [read, 2, 1]);
  await answerAll(count);
  await until(() => client.said.includes(`said /${count}.`));
  assert.equal(client.said.match(/said \//g)?.length, count);
});

test('a body that waits for its turn is read when it has come', async (t) => {
  const { begun, client, server } = await open(t);
  let body = '';
  server.on('request', (request: IncomingMessage) => {
    if (request.url === '/2') request.on('data', (chunk) => (body += chunk));
  });
  client.socket.write(`GET /1 ${HEAD}\r\nPOST /2 ${HEAD}Content-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`);
  await until(() => begun.length === 1);
  begun[0]?.answer();
  await until(() => body.length === 300_000, 'the body');
});

test('more at once than may wait closes the connection, and nothing more of it is begun', async (t) => {
  const { begun, client } = await open(t);
  client.socket.write(`GET /1 ${HEAD}\r\n`.repeat(1 + MAX_AHEAD));
  await until(() => begun.length === 1);
  assert.equal(client.socket.closed, false);
  const other = await open(t);
  other.client.socket.write(`GET /1 ${HEAD}\r\n`.repeat(2 + MAX_AHEAD));
  await until(() => other.client.socket.closed, 'the end of the connection');
  assert.equal(other.begun.length, 1);
});

test('twenty thousand requests on each of eight connections, without a token, keep nobody waiting', async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  const flood = `GET /api/v1/status ${HEAD}\r\n`.repeat(20_000);
  const clients = Array.from({ length: 8 }, () => dial(api.port));
  t.after(() => {
    for (const { socket } of clients) socket.destroy();
  });
  for (const { socket } of clients) socket.write(flood);
  await until(() => api.logged.length > 0 || clients.some(({ isClosed }) => isClosed()), 'the flood');
  assert.equal((await api.ask('GET', '/api/v1/health')).status, 200);
  await until(() => clients.every(({ isClosed }) => isClosed()), 'the end of the flood');
  const begun = api.logged.filter((line) => line.includes('/api/v1/status')).length;
  assert.ok(begun <= clients.length * (1 + MAX_AHEAD), `${begun} requests were begun`);
});

test('an answer before the body has come whole ends the connection, where the rest is too much to read', async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  const refused = {
    '401': `POST /api/v1/deploy ${HEAD}`,
    '405': `POST /api/v1/status ${HEAD}Authorization: Bearer ${api.tokens.viewer}\r\n`,
    '422': `GET /api/v1/health ${HEAD}`,
  };
  for (const [status, head] of Object.entries(refused)) {
    const { socket } = dial(api.port);
    let said = '';
    socket.on('data', (data) => (said += data));
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: 16000000\r\n\r\n`);
    socket.write(Buffer.alloc(2 * 1024 * 1024, 0x20));
    await until(() => socket.closed || said.includes('}'), `the answer ${status}`);
    assert.match(said, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(said, /^connection: close$/im);
    await until(() => socket.closed, 'the end of the connection');
  }
});
