import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { Target } from '../../../../src/core/route/table.ts';
import { probeTarget } from '../../../../src/dataplane/supervisor/probe.ts';

const target = (port: number, path?: string, timeout = 2000): Target => ({
  task: 't',
  service: 'p/web',
  revision: 1,
  address: '127.0.0.1',
  port,
  container: 'c',
  startedAt: engineTime(1),
  probe: { port, interval: 1000, timeout, failures: 3, ...(path === undefined ? {} : { path }) },
});

async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('2xx and 3xx pass, on a connection of its own', async (t) => {
  for (const status of [200, 204, 302]) {
    const port = await serve(t, (request, response) => {
      assert.equal(request.url, '/healthz');
      response.writeHead(status).end();
    });
    assert.deepEqual(await probeTarget(target(port, '/healthz')), { kind: 'pass' });
  }
});

test('another status misses, with the start of its body, without what would upset a terminal', async (t) => {
  const port = await serve(t, (_, response) => response.writeHead(500).end(`db\n\x1b[31m away${'x'.repeat(10_000)}`));
  const result = await probeTarget(target(port, '/healthz'));
  assert.ok(result.kind === 'miss');
  assert.match(result.error, /^GET \/healthz answered 500: db \[31m awayx+$/);
  assert.ok(result.error.length < 250);
});

test('an answer without a body is told by its status', async (t) => {
  const port = await serve(t, (_, response) => response.writeHead(503).end());
  assert.deepEqual(await probeTarget(target(port, '/')), { kind: 'miss', error: 'GET / answered 503' });
});

test('a body that does not end is cut at what is shown', async (t) => {
  const port = await serve(t, (_, response) => {
    response.writeHead(500);
    response.write('y'.repeat(300));
  });
  assert.deepEqual(await probeTarget(target(port, '/')), {
    kind: 'miss',
    error: `GET / answered 500: ${'y'.repeat(200)}`,
  });
});

test('silence ends with the timeout', async (t) => {
  const port = await serve(t, () => {});
  assert.deepEqual(await probeTarget(target(port, '/', 50)), {
    kind: 'miss',
    error: `no answer to GET / from 127.0.0.1:${port} within 50 ms`,
  });
});

test('without a path a connection passes, and a refused one misses', async (t) => {
  const open = await serve(t, () => {});
  const closed = await closedPort();
  assert.deepEqual(await probeTarget(target(open)), { kind: 'pass' });
  const refused = { kind: 'miss', error: `connection refused on 127.0.0.1:${closed}` };
  assert.deepEqual(await probeTarget(target(closed)), refused);
  assert.deepEqual(await probeTarget(target(closed, '/')), refused);
});

test('an answer that is not HTTP misses', async (t) => {
  const server = createTcpServer((socket) => socket.end('220 mail ready\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const result = await probeTarget(target((server.address() as AddressInfo).port, '/'));
  assert.match(result.kind === 'miss' ? result.error : '', /^no HTTP answer from/);
});

test('an aborted probe ends at once, and its connection with it', async (t) => {
  const ending = new AbortController();
  let closed = (): void => {};
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const port = await serve(t, (request) => {
    request.socket.once('close', closed);
    ending.abort();
  });
  assert.equal((await probeTarget(target(port, '/', 60_000), ending.signal)).kind, 'miss');
  await gone;
});

test('an aborted probe of a connection does not wait for it', async (t) => {
  const port = await serve(t, () => assert.fail());
  const ending = new AbortController();
  const result = probeTarget(target(port), ending.signal);
  ending.abort();
  assert.equal((await result).kind, 'miss');
});

test('with a host the request comes as from the ingress, to that host; without it as to an address', async (t) => {
  const seen: (string | undefined)[][] = [];
  const port = await serve(t, ({ headers }, response) => {
    seen.push([headers.host, headers['x-forwarded-proto'] as string | undefined]);
    response.writeHead(headers.host === 'shop.example.com' ? 200 : 400).end('Invalid HTTP_HOST header');
  });
  const { probe, ...place } = target(port, '/up');
  assert.deepEqual(await probeTarget({ ...place, probe: { ...probe, host: 'shop.example.com' } }), { kind: 'pass' });
  const { kind } = await probeTarget({ ...place, probe });
  assert.equal(kind, 'miss');
  assert.deepEqual(seen, [
    ['shop.example.com', 'http'],
    [`127.0.0.1:${port}`, undefined],
  ]);
});
