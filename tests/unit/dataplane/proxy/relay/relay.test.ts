import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Target } from '../../../../../src/core/route/table.ts';
import {
  bodyOf,
  eventually,
  exchange,
  get,
  getOnce,
  HOST,
  health,
  httpOrigin,
  open,
  post,
  rawOrigin,
  route,
  statusOf,
  table,
  target,
} from '../rig.ts';
import { cluster, divided, identityOf, type Plane, serve, startPlane } from './rig.ts';

interface Two {
  /** Where clients come in. */
  readonly entry: Plane;
  /** Where the tasks are. */
  readonly far: Plane;
}

async function startTwo(t: TestContext): Promise<Two> {
  const authority = await cluster();
  const [entry, far] = await Promise.all([
    startPlane(t, 'a', await identityOf(authority, 'a')),
    startPlane(t, 'b', await identityOf(authority, 'b')),
  ]);
  return { entry, far };
}

/** All tasks are on the far node. */
function serveFar({ entry, far }: Two, targets: readonly Target[]): void {
  serve(far, divided(targets, [], [entry.peer]));
  serve(entry, divided([], [{ node: 'b', revision: 1, weight: targets.length }], [far.peer]));
}

test('a request goes to a task of another node, and its answer comes back', async (t) => {
  const seen: Record<string, string | string[] | undefined>[] = [];
  const origin = await httpOrigin(t, (request, response) => {
    seen.push({ ...request.headers, url: request.url, method: request.method });
    response.end('from afar');
  });
  const two = await startTwo(t);
  serveFar(two, [target('t1', origin.port)]);
  const answer = await exchange(t, two.entry.port, getOnce('/a%20b?c=d', 'X-Mine: 1\r\nOrca-Relay: shop/web 1 -\r\n'));
  assert.equal(bodyOf(answer), 'from afar');
  const { url, host, 'x-mine': mine, 'x-forwarded-for': chain, 'x-real-ip': ip, ...headers } = seen[0] ?? {};
  assert.deepEqual(
    { url, host, mine, chain, ip },
    { url: '/a%20b?c=d', host: HOST, mine: '1', chain: '127.0.0.1', ip: '127.0.0.1' },
  );
  assert.equal(headers['x-forwarded-proto'], 'http');
  assert.equal(headers['x-forwarded-host'], HOST);
  assert.equal(headers['x-forwarded-port'], String(two.entry.port));
  assert.equal(headers['orca-relay'], undefined, 'no task is told how it came');
});

test('a task of another node sees the same headers as one of this node', async (t) => {
  const seen: string[][] = [];
  const origin = await httpOrigin(t, (request, response) => {
    seen.push(request.rawHeaders);
    response.end();
  });
  const two = await startTwo(t);
  const shares = (own: readonly string[], others: number) => [
    { weight: 1, targets: own, ...(others > 0 && { others: [{ node: 'b', revision: 1, weight: others }] }) },
  ];
  const t1 = target('t1', origin.port);
  const at = { path: '/api', stripPrefix: true };
  const request = getOnce('/api/x', 'X-Request-Id: me\r\nAccept: text/plain, application/json\r\n');
  serve(two.entry, table([route([], { shares: shares(['t1'], 0), ...at })], [t1]));
  await exchange(t, two.entry.port, request);
  serve(two.far, { ...table([route([], { shares: shares(['t1'], 0), ...at })], [t1]), peers: [two.entry.peer] });
  serve(two.entry, { ...table([route([], { shares: shares([], 1), ...at })], []), peers: [two.far.peer] });
  await exchange(t, two.entry.port, request);
  const [here, there] = seen.map((headers) => headers.map((one) => one.toLowerCase()).sort());
  assert.ok(here?.includes('x-forwarded-prefix'), String(here));
  assert.deepEqual(there, here);
});

test('a body is streamed both ways, no faster than its reader reads', async (t) => {
  const origin = await httpOrigin(t, (request, response) => request.pipe(response));
  const two = await startTwo(t);
  serveFar(two, [target('t1', origin.port)]);
  const size = 24 * 1024 * 1024; // More than the kernel holds by itself.
  const client = open(t, two.entry.port);
  let received = 0;
  client.socket.removeAllListeners('data').on('data', (bytes) => {
    received += bytes.length;
  });
  client.socket.pause();
  client.send(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
  const body = Buffer.alloc(size, 'x');
  let taken = false;
  client.socket.write(body, () => {
    taken = true;
  });
  await eventually(() => two.far.proxy.stats().some(({ inflight }) => inflight === 1));
  assert.equal(taken, false, 'nobody reads: nobody takes all of it');
  client.socket.resume();
  await client.end();
  assert.ok(received > size, String(received));
});

test('requests are divided by how many tasks there are on each node', async (t) => {
  const here = await httpOrigin(t, (_, response) => response.end('here'));
  const there = await httpOrigin(t, (_, response) => response.end('there'));
  const two = await startTwo(t);
  serve(
    two.far,
    divided(
      ['f1', 'f2', 'f3'].map((task) => target(task, there.port)),
      [],
      [two.entry.peer],
    ),
  );
  serve(two.entry, divided([target('o1', here.port)], [{ node: 'b', revision: 1, weight: 3 }], [two.far.peer]));
  const bodies: string[] = [];
  for (let i = 0; i < 40; i += 1) bodies.push(bodyOf(await exchange(t, two.entry.port, getOnce())));
  assert.equal(bodies.filter((body) => body === 'here').length, 10);
  const requests = Object.fromEntries(two.far.proxy.stats().map(({ task, requests }) => [task, requests]));
  assert.deepEqual(requests, { f1: 10, f2: 10, f3: 10 });
});

test('of a node whose tasks are not all ready the ready ones count', async (t) => {
  const here = await httpOrigin(t, (_, response) => response.end('here'));
  const there = await httpOrigin(t, (_, response) => response.end('there'));
  const two = await startTwo(t);
  const far = ['f1', 'f2', 'f3'].map((task) => target(task, there.port));
  serve(two.far, divided(far, [], [two.entry.peer]));
  two.far.proxy.setHealth(far.map((one) => health(one, one.task === 'f1')));
  serve(two.entry, divided([target('o1', here.port)], [{ node: 'b', revision: 1, weight: 3 }], [two.far.peer]));
  const once = async () => bodyOf(await exchange(t, two.entry.port, getOnce()));
  while ((await once()) !== 'there');
  const bodies: string[] = [];
  for (let i = 0; i < 20; i += 1) bodies.push(await once());
  assert.equal(bodies.filter((body) => body === 'here').length, 10);
});

test('it is counted and logged once, where it came in, with the task that answered', async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    response.statusCode = request.url === '/bad' ? 500 : 200;
    response.end();
  });
  const two = await startTwo(t);
  serveFar(two, [target('t1', origin.port)]);
  await exchange(t, two.entry.port, getOnce('/'));
  await exchange(t, two.entry.port, getOnce('/bad'));
  assert.deepEqual(
    two.entry.log.map(({ status, service, task }) => ({ status, service, task })),
    [200, 500].map((status) => ({ status, service: 'shop/web', task: 't1' })),
  );
  assert.deepEqual(two.far.log, []);
  const [counted] = two.entry.proxy.takeTraffic();
  assert.deepEqual([counted?.revision, counted?.classes[2], counted?.classes[5]], [1, 1, 1]);
  assert.deepEqual(two.far.proxy.takeTraffic(), []);
  const [stats] = two.far.proxy.stats();
  assert.deepEqual(stats, { task: 't1', inflight: 0, streams: 0, requests: 2, errors: 1, failed: 0 });
  assert.deepEqual(two.entry.proxy.stats(), []);
});

test('a connection between two nodes is kept, and serves all pools', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('ok'));
  const two = await startTwo(t);
  const pool = (name: string, tasks: readonly string[], others: number) =>
    route([], {
      host: `${name}.test`,
      service: `shop/${name}`,
      shares: [{ weight: 1, targets: tasks, others: others > 0 ? [{ node: 'b', revision: 1, weight: others }] : [] }],
    });
  const targets = ['x', 'y'].map((name) => target(name, origin.port, { service: `shop/${name}` }));
  serve(two.far, { ...table([pool('x', ['x'], 0), pool('y', ['y'], 0)], targets), peers: [two.entry.peer] });
  serve(two.entry, { ...table([pool('x', [], 1), pool('y', [], 1)], []), peers: [two.far.peer] });
  for (const name of ['x', 'y', 'x', 'y']) {
    const answer = await exchange(
      t,
      two.entry.port,
      `GET / HTTP/1.1\r\nHost: ${name}.test\r\nConnection: close\r\n\r\n`,
    );
    assert.equal(bodyOf(answer), 'ok');
  }
  assert.ok(two.far.from.length <= 2, 'one more at most, from looking whether the node is there');
});

test('a WebSocket goes across, both ways, until one side ends it', async (t) => {
  const origin = await rawOrigin(t, (socket: Socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.on('data', (bytes) => socket.write(bytes));
      socket.on('end', () => socket.end());
    });
  });
  const two = await startTwo(t);
  serveFar(two, [target('t1', origin.port)]);
  const client = open(t, two.entry.port);
  client.send(get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n'));
  await client.until((received) => received.includes('101'));
  client.send('\x81\x02hi');
  await client.until((received) => received.endsWith('\x81\x02hi'));
  assert.equal(two.far.proxy.stats()[0]?.streams, 1);
  client.socket.end();
  await client.end();
  await eventually(() => two.far.proxy.stats()[0]?.streams === 0);
});

test('an event stream of another node is a stream at both ends, told as it comes', async (t) => {
  const origin = await httpOrigin(t, (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: 1\n\n');
  });
  const two = await startTwo(t);
  serveFar(two, [target('t1', origin.port)]);
  const client = open(t, two.entry.port).send(get('/', 'Accept: text/event-stream\r\n'));
  await client.until((received) => received.includes('data: 1'));
  assert.deepEqual(two.far.proxy.stats()[0], {
    task: 't1',
    inflight: 0,
    streams: 1,
    requests: 1,
    errors: 0,
    failed: 0,
  });
});

test('an early answer reaches the client while its body is still being sent', async (t) => {
  const origin = await httpOrigin(t, (_, response) => {
    response.statusCode = 403;
    response.end('no');
  });
  const two = await startTwo(t);
  serveFar(two, [target('t1', origin.port)]);
  const client = open(t, two.entry.port).send(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1000000\r\n\r\nx`);
  const answer = await client.end();
  assert.equal(statusOf(answer), 403);
});

test('100-continue is the answer of the task', async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    request.resume().on('end', () => response.end('done'));
  });
  const two = await startTwo(t);
  serveFar(two, [target('t1', origin.port)]);
  const client = open(t, two.entry.port).send(
    `POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`,
  );
  await client.until((received) => received.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
  client.send('hi');
  assert.match(await client.end(), /done$/);
});

test('a request for the other node as such, from one that is no data plane, is an ordinary one', async (t) => {
  const two = await startTwo(t);
  const origin = await httpOrigin(t, (_, response) => response.end('ok'));
  const own = target('t1', origin.port);
  serve(two.far, divided([own], [], [two.entry.peer]));
  const answer = await exchange(t, two.far.port, getOnce('/', 'Orca-Relay: other/pool 7 10.0.0.1\r\n'));
  assert.equal(bodyOf(answer), 'ok');
  assert.equal(two.far.log[0]?.['client'], '127.0.0.1');
});

test('a post of the other node is passed on whole', async (t) => {
  const bodies: string[] = [];
  const origin = await httpOrigin(t, async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    bodies.push(body);
    response.end('ok');
  });
  const two = await startTwo(t);
  serveFar(two, [target('t1', origin.port)]);
  const answer = await exchange(t, two.entry.port, post('hello', 'Connection: close\r\n'));
  assert.equal(bodyOf(answer), 'ok');
  assert.deepEqual(bodies, ['hello']);
});
