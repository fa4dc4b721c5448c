import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestsOf, summarize } from '../../../../src/core/traffic/traffic.ts';
import {
  answering,
  eventually,
  exchange,
  get,
  getOnce,
  health,
  httpOrigin,
  OK,
  open,
  rawOrigin,
  route,
  startProxy,
  startRig,
  statusOf,
  table,
  target,
} from './rig.ts';

const NAMES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'];

/** What came since the last call, the classes by name and without those that have none. */
const taken = ({ proxy }: { proxy: { takeTraffic: Awaited<ReturnType<typeof startRig>>['proxy']['takeTraffic'] } }) =>
  proxy.takeTraffic().map(({ service, revision, classes, failed, errors, buckets }) => ({
    of: `${service} ${revision}`,
    ...Object.fromEntries(classes.flatMap((count, at) => (count > 0 ? [[NAMES[at], count]] : []))),
    failed,
    errors,
    times: buckets.reduce((sum, count, at) => (at % 2 === 1 ? sum + count : sum), 0),
  }));

test('requests are counted by revision and class, each with its time, and told once', async (t) => {
  const app = await httpOrigin(t, (request, response) => {
    response.writeHead(Number(request.url?.slice(1))).end();
  });
  const rig = await startProxy(t);
  const targets = [target('old', app.port, { revision: 3 }), target('new', app.port, { revision: 4 })];
  rig.proxy.setHealth([]);
  rig.proxy.use(table([route(['old'], { path: '/' }), route(['new'], { host: 'new.test' })], targets));
  rig.proxy.setHealth(targets.map((one) => health(one)));
  for (const status of [200, 204, 302, 404, 500]) await exchange(t, rig.port, getOnce(`/${status}`));
  await exchange(t, rig.port, 'GET /200 HTTP/1.1\r\nHost: new.test\r\nConnection: close\r\n\r\n');
  assert.deepEqual(taken(rig), [
    { of: 'shop/web 3', '2xx': 2, '3xx': 1, '4xx': 1, '5xx': 1, failed: 0, errors: 1, times: 5 },
    { of: 'shop/web 4', '2xx': 1, failed: 0, errors: 0, times: 1 },
  ]);
  assert.deepEqual(taken(rig), []);
});

test('the time is that until the head of the answer', async (t) => {
  let answer = (): void => {};
  let begun = Number.POSITIVE_INFINITY;
  const rig = await startRig(t, [
    await httpOrigin(t, (_, response) => {
      begun = performance.now();
      answer = () => response.end('late');
    }),
  ]);
  const client = open(t, rig.port).send(getOnce());
  await eventually(() => performance.now() - begun > 40);
  const least = performance.now() - begun;
  answer();
  await client.end();
  const [traffic] = rig.proxy.takeTraffic();
  assert.ok(traffic);
  const { p50 = 0 } = summarize(traffic);
  assert.ok(p50 >= least * (31 / 32), `${p50} of ${least}`);
  assert.ok(Math.abs(traffic.seconds * 1000 - p50) <= p50 / 16, `${traffic.seconds} s`);
});

test('an answer that breaks off, or is none, has failed and is one error', async (t) => {
  const cutting = await rawOrigin(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
  });
  const rig = await startRig(t, [cutting]);
  await exchange(t, rig.port, getOnce());
  assert.deepEqual(taken(rig), [{ of: 'shop/web 1', '2xx': 1, failed: 1, errors: 1, times: 1 }]);
  const silent = await startRig(t, [await rawOrigin(t, (socket) => void socket.once('data', () => socket.end()))]);
  assert.equal(statusOf(await exchange(t, silent.port, getOnce())), 502);
  assert.deepEqual(taken(silent), [{ of: 'shop/web 1', '5xx': 1, failed: 1, errors: 1, times: 1 }]);
});

test('what no task has seen is of no revision', async (t) => {
  const rig = await startRig(t, [{ port: 1 }]);
  assert.equal(statusOf(await exchange(t, rig.port, getOnce())), 503);
  assert.equal(statusOf(await exchange(t, rig.port, getOnce())), 503);
  assert.deepEqual(taken(rig), [{ of: 'shop/web 0', '5xx': 2, failed: 0, errors: 2, times: 2 }]);
  assert.equal(
    statusOf(await exchange(t, rig.port, 'GET / HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n')),
    404,
  );
  assert.deepEqual(taken(rig), []);
});

test('a client that leaves before its answer has none, and is no error', async (t) => {
  const rig = await startRig(t, [await rawOrigin(t, () => {})]);
  const client = open(t, rig.port).send(get());
  await eventually(() => rig.proxy.stats()[0]?.requests === 1);
  client.socket.destroy();
  await eventually(() => rig.proxy.stats()[0]?.inflight === 0);
  assert.deepEqual(taken(rig), [{ of: 'shop/web 1', none: 1, failed: 0, errors: 0, times: 1 }]);
});

test('a WebSocket and an event stream count when they begin', async (t) => {
  const upgrading = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const rig = await startRig(t, [
    await rawOrigin(t, (socket) => {
      socket.once('data', (bytes) =>
        socket.write(
          String(bytes).includes('Upgrade') ? upgrading : 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n',
        ),
      );
    }),
  ]);
  const lines =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const socket = open(t, rig.port).send(get('/', lines));
  const events = open(t, rig.port).send(get('/', 'Accept: text/event-stream\r\n'));
  await socket.until((received) => received.includes('101'));
  await events.until((received) => received.includes('200'));
  assert.deepEqual(taken(rig), [{ of: 'shop/web 1', '1xx': 1, '2xx': 1, failed: 0, errors: 0, times: 2 }]);
});

test('a request that was sent again after its kept connection died counts once', async (t) => {
  let served = 0;
  const origin = await rawOrigin(t, (socket) => {
    served += 1;
    const isFirst = served === 1;
    let requests = 0;
    socket.on('data', () => {
      requests += 1;
      if (isFirst && requests === 2) socket.destroy();
      else socket.write(OK);
    });
  });
  const rig = await startRig(t, [origin]);
  const client = open(t, rig.port).send(get());
  await client.until((received) => received.endsWith('ok'));
  client.send(getOnce());
  await client.end();
  assert.deepEqual(taken(rig), [{ of: 'shop/web 1', '2xx': 2, failed: 0, errors: 0, times: 2 }]);
});

test('a revision that has gone is told of a last time, and not kept', async (t) => {
  const rig = await startRig(t, [await rawOrigin(t, answering(OK))]);
  await exchange(t, rig.port, getOnce());
  rig.proxy.use(table([], []));
  assert.equal(
    rig.proxy.takeTraffic().reduce((sum, one) => sum + requestsOf(one), 0),
    1,
  );
  assert.deepEqual(rig.proxy.takeTraffic(), []);
});
