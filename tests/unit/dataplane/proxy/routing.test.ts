import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  route,
  startProxy,
  startRig,
  statusOf,
  table,
  target,
} from './rig.ts';

const naming = (t: Parameters<typeof httpOrigin>[0], name: string) =>
  httpOrigin(t, (request, response) => response.end(`${name} ${request.url}`));

const at = (host: string, path = '/') => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

test('host and longest path choose the service', async (t) => {
  const [web, api] = [await naming(t, 'web'), await naming(t, 'api')];
  const { proxy, port } = await startProxy(t);
  const targets = [target('web', web.port), target('api', api.port)];
  proxy.use(table([route(['web']), route(['api'], { path: '/api', stripPrefix: true })], targets));
  proxy.setHealth(targets.map((one) => health(one)));
  const body = async (request: string) => bodyOf(await exchange(t, port, request));
  assert.equal(await body(at(HOST, '/x')), 'web /x');
  assert.equal(await body(at(HOST, '/apis')), 'web /apis');
  assert.equal(await body(at(HOST, '/api')), 'api /');
  assert.equal(await body(at(HOST, '/api//v1/?q=/api')), 'api /v1/?q=/api');
  assert.equal(await body(at(HOST, '/api/../x')), 'web /x');
  assert.equal(await body(at(HOST, '/x/%2e%2e/%61pi/y')), 'api /y');
  assert.equal(await body(at('SHOP.test.:8080', '/x')), 'web /x');
  assert.equal(
    await body(`GET http://Shop.Test/api/z HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`),
    'api /z',
  );
  assert.equal(await body(`GET HTTP://${HOST}?q HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`), 'web /?q');
});

test('a target of a stripped prefix is told which', async (t) => {
  const origin = await httpOrigin(t, (request, response) =>
    response.end(String(request.headers['x-forwarded-prefix'])),
  );
  const { proxy, port } = await startProxy(t);
  const only = target('t1', origin.port);
  proxy.use(table([route(['t1'], { path: '/api', stripPrefix: true })], [only]));
  proxy.setHealth([health(only)]);
  assert.equal(bodyOf(await exchange(t, port, getOnce('/api/x', 'X-Forwarded-Prefix: /evil\r\n'))), '/api');
});

test('an unknown host or path is 404, and the connection stays', async (t) => {
  const { port } = await startRig(t, [await naming(t, 'web')]);
  const client = open(t, port).send('GET / HTTP/1.1\r\nHost: other.test\r\n\r\n');
  await client.until((text) => text.includes('X-Orca-Error: unknown-host'));
  client.send(get());
  await client.until((text) => text.endsWith('web /'));
  assert.equal(statusOf(client.received), 404);
});

test('a known host without a serving target is 503, with Retry-After', async (t) => {
  const origin = await naming(t, 'web');
  const { proxy, port } = await startProxy(t);
  const only = target('t1', origin.port);
  proxy.use(table([route(['t1'])], [only]));
  const unready = await exchange(t, port, getOnce());
  assert.equal(statusOf(unready), 503);
  assert.match(unready, /\r\nRetry-After: 1\r\n/);
  proxy.setHealth([health(only)]);
  assert.equal(statusOf(await exchange(t, port, getOnce())), 200);
  proxy.setHealth([health(only, false)]);
  assert.equal(statusOf(await exchange(t, port, getOnce())), 503);
  assert.equal(statusOf(await exchange(t, port, post('x', 'Connection: close\r\n'))), 503);
});

test('without a table nothing is known', async (t) => {
  const { port } = await startProxy(t);
  assert.equal(statusOf(await exchange(t, port, getOnce())), 404);
});

test('an error is told in JSON to those who accept it, and names the request', async (t) => {
  const { port } = await startProxy(t);
  const answer = await exchange(t, port, getOnce('/', 'Accept: application/json\r\nX-Request-Id: r1\r\n'));
  assert.deepEqual(JSON.parse(bodyOf(answer)), {
    error: 'nothing is served under this host name and path',
    code: 'unknown-host',
    requestId: 'r1',
  });
  assert.match(await exchange(t, port, getOnce()), /Content-Type: text\/plain/);
  const head = await exchange(t, port, `HEAD / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`);
  assert.equal(bodyOf(head), '');
});

test('a new table is in use for every request that begins after it', async (t) => {
  const [old, next] = [await naming(t, 'old'), await naming(t, 'next')];
  const { proxy, port } = await startProxy(t);
  const targets = [target('old', old.port), target('next', next.port)];
  proxy.use(table([route(['old'])], targets));
  proxy.setHealth(targets.map((one) => health(one)));
  const client = open(t, port).send(get('/1'));
  await client.until((text) => text.endsWith('old /1'));
  proxy.use(table([route(['next'])], targets));
  client.send(get('/2'));
  await client.until((text) => text.endsWith('next /2'));
  await eventually(
    () => old.sockets.size === 0,
    () => 'the old target to lose its kept connection',
  );
});

test('requests go to the targets of a share in turn, and to shares by their weights', async (t) => {
  const [a, b, c] = [await naming(t, 'a'), await naming(t, 'b'), await naming(t, 'c')];
  const { proxy, port } = await startProxy(t);
  const targets = [target('a', a.port), target('b', b.port), target('c', c.port)];
  const shares = [
    { weight: 80, targets: ['a', 'b'] },
    { weight: 20, targets: ['c'] },
  ];
  proxy.use(table([route([], { shares })], targets));
  proxy.setHealth(targets.map((one) => health(one)));
  const client = open(t, port).send(get().repeat(200));
  await client.until((text) => text.match(/[abc] \//g)?.length === 200);
  const count = (name: string) => client.received.split(`${name} /`).length - 1;
  assert.ok(Math.abs(count('c') - 40) <= 3, `${count('c')} of 200`);
  assert.ok(Math.abs(count('a') - count('b')) <= 40, `${count('a')} and ${count('b')}`);
});
