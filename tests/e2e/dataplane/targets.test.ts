import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type TestContext, test } from 'node:test';
import { ask, finallyDo, freePort, route, startApp, startLab, table, target, until } from './support/lab.ts';

const REAL = { args: ['--worker', 'real'] };

/** An app on a given port, that can be ended and begun again. */
async function startOn(t: TestContext, port: number, status: () => number = () => 200): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(status()).end('hello'));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  finallyDo(t, () => end(server));
  return server;
}

function end(server: Server): void {
  server.closeAllConnections();
  server.close();
}

test('a target that dies costs no request, is out in every worker, and comes back by itself', async (t) => {
  const { port, link } = await startLab(t, REAL);
  const steady = await startApp(t);
  const restless = await freePort();
  const app = await startOn(t, restless);
  const slowProbe = { port: restless, interval: 60_000, timeout: 1000, failures: 3 };
  const targets = [target('a', steady.port), target('b', restless, { probe: slowProbe })];
  link.publish(table(1, targets, [route(['a', 'b'])]));
  await until('ready', () => link.settled() && link.health('a')?.ready && link.health('b')?.ready);
  end(app);
  await until('found down by a request', async () => {
    assert.equal((await ask(port)).status, 200);
    return link.health('b')?.ready === false;
  });
  assert.match(link.health('b')?.error ?? '', /refused|ECONNREFUSED/);
  for (let i = 0; i < 20; i += 1) assert.equal((await ask(port)).status, 200);
  await startOn(t, restless);
  await until('ready again', () => link.health('b')?.ready);
  const before = link.stats('b')?.requests ?? 0;
  await until('serving again', async () => {
    assert.equal((await ask(port)).status, 200);
    return (link.stats('b')?.requests ?? 0) > before;
  });
});

test('a target whose health page fails leaves the routing, with its words', async (t) => {
  const { port, link } = await startLab(t, REAL);
  let status = 200;
  const own = await freePort();
  await startOn(t, own, () => status);
  const probe = { path: '/healthz', port: own, interval: 50, timeout: 30_000, failures: 3 };
  link.publish(table(1, [target('a', own, { probe })], [route(['a'])]));
  await until('ready', () => link.settled() && link.health('a')?.ready);
  assert.equal((await ask(port)).status, 200);
  status = 500;
  await until('not ready', () => link.health('a')?.ready === false);
  assert.equal(link.health('a')?.error, 'GET /healthz answered 500: hello');
  assert.equal(link.health('a')?.wasReady, true);
  await until('not routed', async () => (await ask(port)).status === 503);
  status = 200;
  await until('routed again', async () => (await ask(port)).status === 200);
});

test('a drained target is told idle once its last request is answered, and not before the table is acknowledged', async (t) => {
  const { port, link } = await startLab(t, REAL);
  const own = await freePort();
  const slow: (() => void)[] = [];
  const server = createServer((_, response) => slow.push(() => response.end('late')));
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve));
  finallyDo(t, () => end(server));
  const targets = [target('a', own)];
  link.publish(table(1, targets, [route(['a'])]));
  await until('ready', () => link.settled() && link.health('a')?.ready);
  const answers = Promise.all([ask(port), ask(port), ask(port)]);
  await until('all under way', () => slow.length === 3);
  link.publish(table(2, targets, []));
  await until('acknowledged', () => link.settled());
  await until('its requests are told', () => link.stats('a')?.inflight === 3);
  for (const answer of slow) answer();
  assert.deepEqual(
    (await answers).map(({ body }) => body),
    ['late', 'late', 'late'],
  );
  await until('idle', () => link.stats('a')?.inflight === 0);
  assert.equal(link.stats('a')?.requests, 3);
});
