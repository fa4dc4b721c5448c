import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import {
  answering,
  bodyOf,
  eventually,
  exchange,
  get,
  getOnce,
  health,
  httpOrigin,
  OK,
  open,
  post,
  type Rig,
  rawOrigin,
  route,
  startProxy,
  startRig,
  statusOf,
  table,
  target,
} from './rig.ts';

/** A port where nobody listens. */
const CLOSED = { port: 1 };

const quiet = (rig: Rig): boolean => rig.proxy.stats().every((one) => one.inflight === 0 && one.streams === 0);

/** A port that accepts no connection and refuses none: its backlog is full, and its process stopped. */
async function silent(t: TestContext): Promise<{ port: number }> {
  const code = `const s = require('net').createServer(); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`;
  const child: ChildProcess = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = child.stdout === null ? [''] : await once(child.stdout, 'data');
  const port = Number(String(line));
  child.kill('SIGSTOP');
  const fillers: Socket[] = [];
  t.after(() => {
    for (const socket of fillers) socket.destroy();
    child.kill('SIGKILL');
  });
  for (let full = false; !full; ) full = !(await fill(port, fillers));
  return { port };
}

function fill(port: number, fillers: Socket[]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => {});
    fillers.push(socket);
    setTimeout(() => resolve(false), 300);
  });
}

test('a refused connection takes the target out, and any request goes to another', async (t) => {
  const rig = await startRig(t, [CLOSED, await httpOrigin(t, (_, response) => response.end('alive'))]);
  for (let count = 0; count < 6; count++) {
    assert.equal(bodyOf(await exchange(t, rig.port, post('body', 'Connection: close\r\n'))), 'alive');
  }
  assert.deepEqual(rig.downs, ['t1']);
  assert.deepEqual(
    rig.proxy.stats().map((one) => [one.requests, one.failed]),
    [
      [0, 0],
      [6, 0],
    ],
  );
  assert.ok(quiet(rig));
});

test('a target that was taken out comes back with the next report that it is ready', async (t) => {
  const rig = await startRig(t, [CLOSED]);
  const code = async () => /503 .*X-Orca-Error: (\S+)/s.exec(await exchange(t, rig.port, getOnce()))?.[1];
  assert.deepEqual([await code(), await code()], ['target-unreachable', 'no-target']);
  rig.proxy.setHealth([health(target('t1', 1))]);
  assert.equal(await code(), 'target-unreachable');
  assert.deepEqual(rig.downs, ['t1', 't1']);
  assert.equal(rig.proxy.stats()[0]?.failed, 0, 'answered 503: it has seen none of them');
});

test('a target is not blamed when this machine is out of descriptors, and stays in', async (t) => {
  const rig = await startRig(t, [await rawOrigin(t, answering(OK))]);
  const client = open(t, rig.port);
  await eventually(() => rig.proxy.connections === 1);
  const { mock } = t.mock.method(Socket.prototype, 'connect', function (this: Socket) {
    return this.destroy(Object.assign(new Error('too many open files'), { code: 'EMFILE' }));
  });
  client.send(get());
  await client.until((text) => /^HTTP\/1.1 503 .*X-Orca-Error: overloaded/s.test(text));
  mock.restore();
  client.send(getOnce());
  assert.match(await client.end(), /\r\n\r\nok$/);
  assert.deepEqual([rig.downs, rig.proxy.stats()[0]?.failed], [[], 0]);
});

test('a target that gives no connection in time loses the request to another', async (t) => {
  const rig = await startRig(t, [await silent(t), await rawOrigin(t, answering(OK))], { timeouts: { failover: 200 } });
  for (let count = 0; count < 4; count++) assert.equal(statusOf(await exchange(t, rig.port, getOnce())), 200);
  assert.deepEqual(rig.downs, ['t1']);
  assert.ok(quiet(rig));
});

test('a stalled process does not take out the target that it was connecting to', async (t) => {
  const origins = [await rawOrigin(t, answering(OK)), await rawOrigin(t, answering(OK))];
  const rig = await startRig(t, origins, { timeouts: { failover: 200 } });
  const client = open(t, rig.port).send(getOnce());
  // The look at the sockets that brought the request is over; the next one would bring the connection.
  while (quiet(rig)) await new Promise((resolve) => setImmediate(resolve));
  for (const until = performance.now() + 500; performance.now() < until; );
  assert.equal(bodyOf(await client.end()), 'ok');
  assert.deepEqual(rig.downs, []);
  assert.deepEqual(
    rig.log.map(({ tries }) => tries),
    [1],
  );
});

test('the last target is waited for longer, then it is 504', async (t) => {
  const rig = await startRig(t, [await silent(t)], { timeouts: { failover: 50, connect: 400 } });
  const answer = await exchange(t, rig.port, getOnce());
  assert.equal(statusOf(answer), 504);
  assert.match(answer, /X-Orca-Error: connect-timeout/);
  assert.equal(rig.proxy.stats()[0]?.failed, 1);
  assert.ok(quiet(rig));
});

/** Answers the first request of each connection, and dies without a word at the second. */
const diesAtSecond = (t: TestContext) =>
  rawOrigin(t, (socket) => {
    let requests = 0;
    socket.on('data', () => {
      requests += 1;
      if (requests === 1) socket.write(OK);
      else socket.resetAndDestroy();
    });
  });

test('a request on a kept connection that died is sent once more if nothing can come of it twice', async (t) => {
  const origin = await diesAtSecond(t);
  const rig = await startRig(t, [origin]);
  const client = open(t, rig.port);
  for (let count = 1; count <= 3; count++) {
    client.send(get());
    await client.until((text) => text.split('\r\n\r\nok').length === count + 1);
  }
  assert.equal(origin.accepted, 3);
  assert.ok(quiet(rig));
});

test('a request that was sent once and then finds nobody is not told that nobody has seen it', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.once('data', () => {
      origin.server.close();
      socket.write(OK);
      socket.once('data', () => socket.resetAndDestroy());
    });
  });
  const rig = await startRig(t, [origin]);
  const client = open(t, rig.port).send(get());
  await client.until((text) => text.endsWith('ok'));
  client.send(get());
  await client.until((text) => text.includes('HTTP/1.1 502 '));
  assert.equal(rig.proxy.stats()[0]?.failed, 1);
  client.send(get());
  await client.until((text) => text.includes('HTTP/1.1 503 '));
  assert.equal(rig.proxy.stats()[0]?.failed, 1);
});

test('a request that could be carried out twice is not sent again', async (t) => {
  const rig = await startRig(t, [await diesAtSecond(t)], { timeouts: { settled: 0 } });
  const client = open(t, rig.port).send(get());
  await client.until((text) => text.endsWith('ok'));
  client.send(post('body'));
  await client.until((text) => text.includes('HTTP/1.1 502 '));
  assert.equal(rig.proxy.stats()[0]?.failed, 1);
});

test('a request that cannot be repeated takes no connection that has been idle for long', async (t) => {
  const origin = await rawOrigin(t, answering(OK));
  const rig = await startRig(t, [origin], { timeouts: { freshIdle: 0 } });
  const client = open(t, rig.port).send(get());
  await client.until((text) => text.endsWith('ok'));
  client.send(get());
  await client.until((text) => text.split('\r\n\r\nok').length === 3);
  assert.equal(origin.accepted, 1);
  client.send('POST / HTTP/1.1\r\nHost: shop.test\r\n\r\n');
  await client.until((text) => text.split('\r\n\r\nok').length === 4);
  assert.equal(origin.accepted, 2);
});

test('a target that dies on a new connection is not asked again', async (t) => {
  const origin = await rawOrigin(t, (socket) => socket.once('data', () => socket.destroy()));
  const rig = await startRig(t, [origin]);
  const answer = await exchange(t, rig.port, getOnce());
  assert.equal(statusOf(answer), 502);
  assert.match(answer, /X-Orca-Error: target-closed/);
  assert.equal(origin.accepted, 1);
});

test('kept connections are closed when they are old, and when bytes come on them', async (t) => {
  const origin = await rawOrigin(t, answering(OK));
  const rig = await startRig(t, [origin], { timeouts: { targetIdle: 200 } });
  await exchange(t, rig.port, getOnce());
  await eventually(
    () => origin.sockets.size === 0,
    () => 'the old connection to be closed',
  );
  const noisy = await rawOrigin(t, answering(OK));
  const other = await startRig(t, [noisy], { timeouts: { targetIdle: 600_000 } });
  await exchange(t, other.port, getOnce());
  for (const socket of noisy.sockets) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
  await eventually(
    () => noisy.sockets.size === 0,
    () => 'the noisy connection to be closed',
  );
  assert.equal(bodyOf(await exchange(t, other.port, getOnce())), 'ok');
});

test('no more idle connections are kept than allowed', async (t) => {
  const held: Socket[] = [];
  const origin = await rawOrigin(t, (socket) => socket.on('data', () => held.push(socket)));
  const rig = await startRig(t, [origin], { limits: { idlePerTarget: 2 } });
  const clients = Array.from({ length: 5 }, () => open(t, rig.port).send(get()));
  await eventually(() => held.length === 5);
  for (const socket of held) socket.write(OK);
  for (const client of clients) await client.until((text) => text.endsWith('ok'));
  await eventually(
    () => origin.sockets.size === 2,
    () => `2 connections, not ${origin.sockets.size}`,
  );
});

test('a restarted task loses its kept connections, and is not ready until found so', async (t) => {
  const origin = await rawOrigin(t, answering(OK));
  const rig = await startRig(t, [origin]);
  await exchange(t, rig.port, getOnce());
  const restarted = target('t1', origin.port, { startedAt: engineTime(2) });
  rig.proxy.use(table([route(['t1'])], [restarted]));
  await eventually(
    () => origin.sockets.size === 0,
    () => 'the connection to be dropped',
  );
  rig.proxy.setHealth([health(target('t1', origin.port))]);
  assert.equal(statusOf(await exchange(t, rig.port, getOnce())), 503);
  rig.proxy.setHealth([health(restarted)]);
  assert.equal(statusOf(await exchange(t, rig.port, getOnce())), 200);
});

test('a target outside every route gets no request, finishes those it has, and is told of when idle', async (t) => {
  const held: Socket[] = [];
  const old = await rawOrigin(t, (socket) => socket.on('data', () => held.push(socket)));
  const rig = await startProxy(t);
  const idle: string[] = [];
  rig.proxy.onIdleTarget((task) => idle.push(task));
  const [t1, t2] = [target('t1', old.port), target('t2', (await rawOrigin(t, answering(OK))).port)];
  rig.proxy.use(table([route(['t1'])], [t1, t2]));
  rig.proxy.setHealth([health(t1), health(t2)]);
  idle.length = 0;
  const client = open(t, rig.port).send(get());
  await eventually(() => held.length === 1);
  assert.equal(rig.proxy.stats()[0]?.inflight, 1);
  rig.proxy.use(table([route(['t2'])], [t1, t2]));
  rig.proxy.setHealth([health(t1), health(t2)]);
  for (let count = 0; count < 4; count++) assert.equal(bodyOf(await exchange(t, rig.port, getOnce())), 'ok');
  assert.deepEqual(idle, []);
  held[0]?.write(OK);
  await client.until((text) => text.endsWith('ok'));
  assert.deepEqual(idle, ['t1']);
  await eventually(
    () => old.sockets.size === 0,
    () => 'the connection to be closed',
  );
});

test('a target that has left the table is counted until nothing is in flight to it', async (t) => {
  const held: Socket[] = [];
  const old = await rawOrigin(t, (socket) => socket.on('data', () => held.push(socket)));
  const rig = await startRig(t, [old]);
  const client = open(t, rig.port).send(get());
  await eventually(() => held.length === 1);
  rig.proxy.use(table([], []));
  assert.deepEqual(
    rig.proxy.stats().map((one) => [one.task, one.inflight]),
    [['t1', 1]],
  );
  held[0]?.write(OK);
  await client.until((text) => text.endsWith('ok'));
  assert.deepEqual(rig.proxy.stats(), []);
});

test('errors of the app are counted apart from those of the data plane', async (t) => {
  const rig = await startRig(t, [
    await httpOrigin(t, (_, response) => {
      response.statusCode = 500;
      response.end('no');
    }),
  ]);
  await exchange(t, rig.port, getOnce());
  const [stats] = rig.proxy.stats();
  assert.deepEqual([stats?.requests, stats?.errors, stats?.failed], [1, 1, 0]);
});

test('draining: the next answer closes, idle connections go soon, and the end is told', async (t) => {
  const rig = await startRig(t, [await rawOrigin(t, answering(OK))], { timeouts: { drainIdle: 300 } });
  const [used, idle] = [open(t, rig.port), open(t, rig.port)];
  for (const client of [used, idle]) {
    client.send(get());
    await client.until((text) => text.endsWith('ok'));
  }
  const drained = rig.proxy.drain();
  used.send(get());
  assert.match(await used.end(), /Connection: close\r\n\r\nok$/);
  await idle.end();
  await drained;
  assert.equal(rig.proxy.connections, 0);
});
