import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Sign } from '../../../../src/core/route/contention.ts';
import { createContentions } from '../../../../src/dataplane/supervisor/contention.ts';
import { probeTarget } from '../../../../src/dataplane/supervisor/probe.ts';
import {
  bodyOf,
  eventually,
  exchange,
  get,
  getOnce,
  health,
  httpOrigin,
  open,
  post,
  type Rig,
  route,
  startProxy,
  startRig,
  table,
  target,
} from './rig.ts';
import { type SingleThreaded, singleThreaded } from './single-threaded.ts';

/** Kept connections do not go by themselves; none is used for what cannot be repeated. */
const FOREVER = { targetIdle: 600_000, freshIdle: 0 };
const kinds = (signs: readonly Sign[]): string[] => signs.map(({ kind }) => kind);

async function alone(t: TestContext, origin: { port: number }): Promise<{ rig: Rig; signs: Sign[] }> {
  const signs: Sign[] = [];
  const rig = await startRig(t, [origin], { timeouts: FOREVER, onSigns: (some) => signs.push(...some) });
  return { rig, signs };
}

test('a request on a new connection that has no answer soon does not wait for the kept ones', async (t) => {
  const origin = await singleThreaded(t);
  const { rig, signs } = await alone(t, origin);
  await exchange(t, rig.port, getOnce());
  assert.equal(origin.sockets.size, 1);
  assert.equal(bodyOf(await exchange(t, rig.port, post('body', 'Connection: close\r\n'))), 'ok');
  assert.deepEqual(kinds(signs), ['silent', 'released', 'answered']);
});

test('nothing is kept while a request on a new connection waits for its turn', async (t) => {
  let go = (): void => {};
  const origin = await singleThreaded(t, () => new Promise<void>((resolve) => (go = resolve)));
  const { rig, signs } = await alone(t, origin);
  const slow = open(t, rig.port).send(get('/slow'));
  await eventually(() => origin.heads.length === 1);
  const waiting = open(t, rig.port).send(get('/waiting'));
  await eventually(() => signs.length > 0);
  go();
  await waiting.until((text) => text.endsWith('ok'));
  await slow.until((text) => text.endsWith('ok'));
  assert.ok(kinds(signs).includes('released') && kinds(signs).at(-1) === 'answered', kinds(signs).join(' '));
});

test('a target that was seen to do two at once keeps its connections, whatever is slow', async (t) => {
  const held: (() => void)[] = [];
  const origin = await httpOrigin(t, (request, response) => {
    if (request.url === '/slow') held.push(() => response.end('late'));
    else response.end('ok');
  });
  const { rig, signs } = await alone(t, origin);
  const fast = open(t, rig.port).send(get());
  await fast.until((text) => text.endsWith('ok'));
  await exchange(t, rig.port, post('body', 'Connection: close\r\n'));
  assert.deepEqual(kinds(signs), ['concurrent']);
  const slow = open(t, rig.port).send(post('body', '', '/slow'));
  for (let count = 2; count < 40 || kinds(signs).length < 2; count++) {
    fast.send(get());
    await fast.until((text) => text.split('\r\n\r\nok').length === count + 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(signs[1]?.kind, 'silent');
  assert.equal(origin.accepted, 3, 'the one in use all the time was not closed');
  held[0]?.();
  await slow.until((text) => text.endsWith('late'));
});

test('what is silent while later ones are answered is slow by itself: connections are kept again', async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    if (request.url !== '/poll') response.end('ok');
  });
  const { rig, signs } = await alone(t, origin);
  open(t, rig.port).send(get('/poll'));
  await eventually(() => signs.length > 0);
  for (let count = 0; count < 3; count++) await exchange(t, rig.port, getOnce());
  assert.ok(origin.accepted <= 3, `${origin.accepted} connections for 4 requests`);
  await exchange(t, rig.port, post('body', 'Connection: close\r\n'));
  assert.equal(kinds(signs).at(-1), 'concurrent');
});

test('one that is said to be serial is told so with each request, and nothing is kept; also by a later table', async (t) => {
  const origin = await singleThreaded(t);
  const rig = await startProxy(t, { timeouts: FOREVER });
  rig.proxy.contend(['t1'], []);
  const t1 = target('t1', origin.port);
  rig.proxy.use(table([route(['t1'])], [t1]));
  rig.proxy.setHealth([health(t1)]);
  const client = open(t, rig.port).send(get());
  await client.until((text) => text.endsWith('\r\n\r\nok'));
  await eventually(() => origin.sockets.size === 0);
  assert.match(origin.heads[0] ?? '', /\r\nConnection: close$/);
  assert.ok(!/connection: close/i.test(client.received), 'that is between the proxy and the target');
  rig.proxy.contend([], []);
  client.send(get());
  await client.until((text) => text.split('\r\n\r\nok').length === 3);
  assert.doesNotMatch(origin.heads[1] ?? '', /connection/i);
  assert.equal(origin.sockets.size, 1);
  rig.proxy.contend(['t1'], []);
  await eventually(() => origin.sockets.size === 0);
});

test('kept connections are closed when another worker says so', async (t) => {
  const origin = await singleThreaded(t);
  const { rig, signs } = await alone(t, origin);
  await exchange(t, rig.port, getOnce());
  rig.proxy.contend([], ['t1', 'unknown']);
  await eventually(() => origin.sockets.size === 0);
  assert.deepEqual(kinds(signs), ['released']);
});

/** Two workers and the probes of one data plane, in one process. */
async function dataPlane(t: TestContext, origin: SingleThreaded) {
  const rigs: Rig[] = [];
  const contentions = createContentions({
    broadcast: ({ serial, release }) => rigs.map(({ proxy }) => proxy.contend(serial, release)),
    now: () => performance.now(),
  });
  t.after(() => contentions.stop());
  const options = { timeouts: FOREVER, onSigns: (signs: readonly Sign[]) => contentions.heard(signs) };
  rigs.push(await startRig(t, [origin], options), await startRig(t, [origin], options));
  const probe = { path: '/probe', port: origin.port, interval: 1000, timeout: 60_000, failures: 3 };
  const watched = contentions.watched(probeTarget);
  const [one, other] = rigs;
  assert.ok(one && other);
  return {
    one,
    other,
    probe: () => watched(target('t1', origin.port, { probe }), new AbortController().signal),
  };
}

test('no request and no probe waits for what another worker keeps, and it is noticed', async (t) => {
  const origin = await singleThreaded(t);
  const { one, other, probe } = await dataPlane(t, origin);
  assert.equal(bodyOf(await exchange(t, one.port, getOnce())), 'ok');
  assert.equal(bodyOf(await exchange(t, other.port, getOnce())), 'ok');
  await eventually(
    () => origin.sockets.size === 0,
    () => 'the connection not to be kept any more',
  );
  for (const { port } of [one, other, one, other]) assert.equal(bodyOf(await exchange(t, port, getOnce())), 'ok');
  assert.match(origin.heads.at(-1) ?? '', /\r\nConnection: close$/);
  assert.deepEqual(await probe(), { kind: 'pass' });
});

test('a probe that is silent has kept connections closed, and finds out as well', async (t) => {
  const origin = await singleThreaded(t);
  const { one, probe } = await dataPlane(t, origin);
  assert.equal(bodyOf(await exchange(t, one.port, getOnce())), 'ok');
  assert.equal(origin.sockets.size, 1);
  assert.deepEqual(await probe(), { kind: 'pass' });
  await exchange(t, one.port, getOnce());
  assert.match(origin.heads.at(-1) ?? '', /\r\nConnection: close$/);
});
