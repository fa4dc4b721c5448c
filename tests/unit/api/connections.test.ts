import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listen } from '../../../src/api/http/listen.ts';
import { MAX_OPEN } from '../../../src/api/http/open-requests.ts';
import { openApi, until } from './test-api.ts';

const HEAD = 'HTTP/1.1\r\nHost: x\r\n';

/** A server with room for `limit` connections, whose answers under /slow do not come. */
async function open(t: TestContext, limit: number) {
  const asked: string[] = [];
  const answer = ({ url = '' }: IncomingMessage, response: ServerResponse) => {
    asked.push(url);
    if (!url.startsWith('/slow')) response.end('there');
  };
  const server = await listen(answer, { host: '127.0.0.1', port: 0 }, { connections: limit });
  t.after(() => server.close().closeAllConnections());
  const dial = async (said = ''): Promise<Client> => {
    const accepted = once(server, 'connection');
    const client = clientOf(server);
    await accepted;
    const already = asked.length;
    client.socket.write(said);
    if (said.includes('\r\n\r\n')) await until(() => asked.length > already, 'the request');
    return client;
  };
  return { server, dial };
}

interface Client {
  readonly socket: Socket;
  read: string;
  closed: boolean;
}

function clientOf(server: Server): Client {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const client: Client = { socket, read: '', closed: false };
  socket.on('error', () => undefined).on('close', () => (client.closed = true));
  socket.on('data', (data) => (client.read += data));
  return client;
}

test('one connection too many closes the oldest that carries no request, and is served', async (t) => {
  const { dial } = await open(t, 3);
  const slow = await dial(`GET /slow ${HEAD}\r\n`);
  const [older, newer] = [await dial(), await dial()];
  const late = await dial(`GET / ${HEAD}\r\n`);
  await until(() => older.closed && late.read.includes('there'));
  assert.deepEqual([slow.closed, newer.closed, late.closed], [false, false, false]);
});

test('a connection that was just answered is younger than one that never asked', async (t) => {
  const { dial } = await open(t, 2);
  const used = await dial();
  const silent = await dial();
  used.socket.write(`GET / ${HEAD}\r\n`);
  await until(() => used.read.includes('there'));
  await dial();
  await until(() => silent.closed);
  assert.equal(used.closed, false);
});

test('where all carry a request, one that has not arrived whole goes, else the oldest', async (t) => {
  const { dial } = await open(t, 2);
  const whole = await dial(`GET /slow ${HEAD}\r\n`);
  const half = await dial(`POST /slow ${HEAD}Content-Length: 10\r\n\r\n`);
  const second = await dial(`GET /slow ${HEAD}\r\n`);
  await until(() => half.closed);
  assert.equal(whole.closed, false);
  await dial(`GET /slow ${HEAD}\r\n`);
  await until(() => whole.closed);
  assert.equal(second.closed, false);
});

test('a thousand silent connections lock nobody out', async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  const sockets = Array.from({ length: 1_000 }, () => connect(api.port, '127.0.0.1').on('error', () => undefined));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (let i = 0; i < 5; i += 1) assert.equal((await api.ask('GET', '/api/v1/health')).status, 200);
});

test('a client that leaves while it is being let in does not count on', async (t) => {
  const waiting: (() => void)[] = [];
  let hold = true;
  const api = await openApi({
    wrapStore: (store) => ({
      ...store,
      get: async (key) => {
        // Of those who are let in; others read by themselves.
        if (hold && key.startsWith('tokens/')) await new Promise<void>((resolve) => waiting.push(resolve));
        return store.get(key);
      },
    }),
  });
  t.after(() => api.close());
  const leave = new AbortController();
  const left = Array.from({ length: MAX_OPEN }, () =>
    api.ask('GET', '/api/v1/version', { as: 'viewer', signal: leave.signal }).catch(() => undefined),
  );
  await until(() => waiting.length === MAX_OPEN, 'all to be let in');
  leave.abort();
  await Promise.all(left);
  await until(async () => (await api.ask('GET', '/')).status === 200);
  hold = false;
  for (const go of waiting) go();
  assert.equal((await api.ask('GET', '/api/v1/version', { as: 'viewer' })).status, 200);
});

test('the requests of a token that are open are counted, and one too many is refused before anything is done', async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  const leave = new AbortController();
  const streams = await Promise.all(
    Array.from({ length: MAX_OPEN }, () => api.open('GET', '/api/v1/events', { as: 'admin', signal: leave.signal })),
  );
  for (const stream of streams) stream.on('error', () => undefined).resume();
  const refused = await api.ask('POST', '/api/v1/stop', { as: 'admin' });
  assert.deepEqual([refused.status, refused.body.code, refused.headers['retry-after']], [503, 'unavailable', '5']);
  assert.match(refused.body.error, /"admin" has 100 requests open/);
  assert.equal((await api.ask('GET', '/api/v1/status', { as: 'viewer' })).status, 200);
  assert.equal((await api.ask('GET', '/api/v1/health')).status, 200);
  leave.abort();
  await until(async () => (await api.ask('GET', '/api/v1/status', { as: 'admin' })).status === 200);
});
