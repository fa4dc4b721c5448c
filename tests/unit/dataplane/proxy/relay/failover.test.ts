import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Authority } from '../../../../../src/identity/certificates/authority.ts';
import {
  bodyOf,
  eventually,
  exchange,
  getOnce,
  health,
  httpOrigin,
  open,
  post,
  rawOrigin,
  statusOf,
  target,
} from '../rig.ts';
import { cluster, divided, identityOf, type Plane, serve, startPlane } from './rig.ts';

/** No test is to be over because time is. */
const PATIENT = { timeouts: { failover: 3_600_000, connect: 3_600_000 } };

interface Two {
  readonly authority: Authority;
  readonly entry: Plane;
  readonly far: Plane;
}

async function startTwo(t: TestContext, options?: Parameters<typeof startPlane>[3]): Promise<Two> {
  const authority = await cluster();
  const [entry, far] = await Promise.all([
    startPlane(t, 'a', await identityOf(authority, 'a'), options),
    startPlane(t, 'b', await identityOf(authority, 'b'), options),
  ]);
  return { authority, entry, far };
}

/** A port that nobody listens on, and that nobody else gets as long as the returned socket is open. */
async function deadPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const held = connect({ port, host: '127.0.0.1' });
  await once(held, 'connect');
  const localPort = held.localPort ?? 0;
  t.after(() => {
    held.destroy();
    server.close();
  });
  return localPort;
}

const FAR = (weight: number) => [{ node: 'b', revision: 1, weight }];

test('a node that refuses connections costs no request: another task has it, whatever its method', async (t) => {
  const origin = await httpOrigin(t, (request, response) => request.pipe(response));
  const { entry, far } = await startTwo(t);
  const peer = { ...far.peer, port: await deadPort(t) };
  serve(entry, divided([target('o1', origin.port)], FAR(9), [peer]));
  for (let i = 0; i < 12; i += 1) {
    const answer = await exchange(t, entry.port, post('hello', 'Connection: close\r\n'));
    assert.equal(bodyOf(answer).includes('hello'), true, answer);
  }
});

test('a node that is away is looked for, and has requests again once it is there', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('far'));
  const { authority, entry, far } = await startTwo(t, PATIENT);
  const { port } = far.peer;
  far.relay.server.close();
  serve(entry, divided([], FAR(1), [far.peer]));
  const waiting = exchange(t, entry.port, getOnce());
  await eventually(() => entry.proxy.connections === 1);
  const again = await startPlane(t, 'b', await identityOf(authority, 'b'));
  serve(again, divided([target('t1', origin.port)], [], [entry.peer]));
  again.relay.server.close();
  await once(again.relay.server.listen(port, '127.0.0.1'), 'listening');
  assert.equal(bodyOf(await waiting), 'far');
});

test('a node that has no task ready is passed over, and no task has seen anything', async (t) => {
  const bodies: string[] = [];
  const here = await httpOrigin(t, async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    bodies.push(body);
    response.end('here');
  });
  const there = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far } = await startTwo(t);
  const t1 = target('t1', there.port);
  serve(far, divided([t1], [], [entry.peer]));
  far.proxy.setHealth([health(t1, false)]);
  serve(entry, divided([target('o1', here.port)], FAR(9), [far.peer]));
  for (let i = 0; i < 4; i += 1) {
    const answer = await exchange(t, entry.port, post(`body ${i}`, 'Connection: close\r\n'));
    assert.equal(bodyOf(answer), 'here');
  }
  assert.deepEqual(bodies, ['body 0', 'body 1', 'body 2', 'body 3']);
  assert.equal(there.accepted, 0);
  assert.ok(
    entry.log.some(({ tries }) => tries === 2),
    'it was asked',
  );
});

test('where nothing else serves, a node is asked again: its table may be a moment older', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far } = await startTwo(t, PATIENT);
  serve(far, divided([], [], [entry.peer]));
  serve(entry, divided([], FAR(1), [far.peer]));
  const waiting = exchange(t, entry.port, post('hello', 'Connection: close\r\n'));
  await eventually(() => far.from.length > 0);
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  assert.equal(bodyOf(await waiting), 'there');
});

test('it is given up in the end, with 503: nothing was sent', async (t) => {
  const { entry, far } = await startTwo(t, { timeouts: { failover: 100 } });
  serve(far, divided([], [], [entry.peer]));
  serve(entry, divided([], FAR(1), [far.peer]));
  const answer = await exchange(t, entry.port, getOnce());
  assert.equal(statusOf(answer), 503);
  assert.match(answer, /X-Orca-Error: no-target/);
});

test('a task that refuses is passed over on its own node first', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far } = await startTwo(t, PATIENT);
  const targets = [target('t1', await deadPort(t)), target('t2', origin.port)];
  serve(far, divided(targets, [], [entry.peer]));
  serve(entry, divided([], FAR(2), [far.peer]));
  for (let i = 0; i < 4; i += 1)
    assert.equal(bodyOf(await exchange(t, entry.port, post('x', 'Connection: close\r\n'))), 'there');
  assert.deepEqual(far.downs, ['t1']);
  assert.deepEqual(entry.downs, []);
});

test('kept connections that the other node closed cost no request', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far } = await startTwo(t, PATIENT);
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  serve(entry, divided([], FAR(1), [far.peer]));
  for (let i = 1; i <= 3; i += 1) {
    assert.equal(bodyOf(await exchange(t, entry.port, getOnce())), 'there');
    far.cut();
  }
  assert.ok(far.from.length > 1, 'each time on a new one');
});

test('a request that a task of the other node had, and that was cut, is a 502 and its revision’s fault', async (t) => {
  const { entry, far } = await startTwo(t);
  const origin = await rawOrigin(t, (socket) => socket.once('data', () => far.cut()));
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  serve(entry, divided([], FAR(1), [far.peer]));
  const answer = await exchange(t, entry.port, post('x', 'Connection: close\r\n'));
  assert.equal(statusOf(answer), 502);
  assert.equal(entry.proxy.takeTraffic()[0]?.failed, 1);
});

test('a task of the other node that breaks off is a failure that is counted once', async (t) => {
  const { entry, far } = await startTwo(t);
  const origin = await rawOrigin(t, (socket) => socket.once('data', () => socket.destroy()));
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  serve(entry, divided([], FAR(1), [far.peer]));
  const answer = await exchange(t, entry.port, post('x', 'Connection: close\r\n'));
  assert.equal(statusOf(answer), 502);
  const failed = [entry, far].flatMap(({ proxy }) => proxy.takeTraffic()).map((one) => one.failed);
  assert.equal(
    failed.reduce((sum, one) => sum + one, 0),
    1,
  );
  assert.equal(far.proxy.stats()[0]?.failed, 1);
});

test('a client that leaves ends its request on the other node, too', async (t) => {
  const { entry, far } = await startTwo(t);
  let ended = false;
  const origin = await rawOrigin(t, (socket) => socket.on('close', () => (ended = true)).resume());
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  serve(entry, divided([], FAR(1), [far.peer]));
  const client = open(t, entry.port).send(getOnce());
  await eventually(() => far.proxy.stats()[0]?.inflight === 1);
  client.socket.destroy();
  await eventually(() => ended);
  assert.equal(far.proxy.stats()[0]?.inflight, 0);
});

test('a node that is not in the table any more is sent nothing, and may send nothing', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far } = await startTwo(t, { timeouts: { failover: 100 } });
  const own = [target('t1', origin.port)];
  serve(far, divided(own, [], [entry.peer]));
  serve(entry, divided([], FAR(1), [far.peer]));
  assert.equal(statusOf(await exchange(t, entry.port, getOnce())), 200);
  serve(far, divided(own, [], []));
  assert.equal(statusOf(await exchange(t, entry.port, getOnce())), 503, 'on the connection that is there');
  serve(entry, divided([], [], []));
  assert.equal(statusOf(await exchange(t, entry.port, getOnce())), 503);
});
