import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { socketPath } from '../../../../../src/core/route/local-socket.ts';
import type { Reach } from '../../../../../src/dataplane/proxy/relay/reach.ts';
import { bodyOf, eventually, exchange, getOnce, httpOrigin, open, post, statusOf, target } from '../rig.ts';
import { cluster, divided, identityOf, type Plane, serve, startPlane } from './rig.ts';

/** Where a node that cannot be connected to is reached all the same, as by the doors of a master. */
interface Door {
  readonly name: string;
  /** That were ever made. */
  readonly sockets: Socket[];
  isOpen: boolean;
  shut(): void;
}

async function startDoor(t: TestContext, port: number): Promise<Door> {
  const sockets: Socket[] = [];
  const name = `@orca-test-${randomBytes(8).toString('hex')}`;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    if (!door.isOpen) return socket.destroy();
    sockets.push(socket);
    const there = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => socket.destroy());
    socket.pipe(there).pipe(socket);
    socket.once('close', () => there.destroy());
    return socket;
  }).listen(socketPath(name));
  await once(server, 'listening');
  const shut = () => {
    door.isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  const door: Door = { name, sockets, isOpen: true, shut };
  t.after(() => {
    shut();
    server.close();
  });
  return door;
}

/** A port that refuses connections, until it leads somewhere. */
const refusing = async (t: TestContext): Promise<{ readonly port: number; open(onto: Plane): Promise<void> }> => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  await new Promise((resolve) => holder.close(resolve));
  const pairs: Socket[] = [];
  const way = createServer({ allowHalfOpen: true }, (socket) => {
    const there = connect({ port: onto?.peer.port ?? 0, host: '127.0.0.1', allowHalfOpen: true });
    pairs.push(
      socket.on('error', () => there.destroy()),
      there.on('error', () => socket.destroy()),
    );
    socket.pipe(there).pipe(socket);
  });
  let onto: Plane | undefined;
  t.after(() => {
    way.close();
    for (const socket of pairs) socket.destroy();
  });
  return {
    port,
    open: async (plane) => {
      onto = plane;
      await once(way.listen(port, '127.0.0.1'), 'listening');
    },
  };
};

const FAR = [{ node: 'b', revision: 1, weight: 1 }];
const PATIENT = { timeouts: { failover: 3_600_000, connect: 3_600_000 } };

interface Two {
  readonly entry: Plane;
  readonly far: Plane;
  /** How the entry says that it gets on with the other one, the newest last. */
  readonly told: (Reach | undefined)[];
}

async function startTwo(t: TestContext, options: Parameters<typeof startPlane>[3] = PATIENT): Promise<Two> {
  const authority = await cluster();
  const told: (Reach | undefined)[] = [];
  const onReach = (_: string, reach: Reach | undefined) => void told.push(reach);
  const [entry, far] = await Promise.all([
    startPlane(t, 'a', await identityOf(authority, 'a'), { ...options, onReach }),
    startPlane(t, 'b', await identityOf(authority, 'b'), options),
  ]);
  return { entry, far, told };
}

test('a node that refuses connections has its requests through its agent, and the master is told', async (t) => {
  const origin = await httpOrigin(t, (request, response) => request.pipe(response));
  const { entry, far, told } = await startTwo(t);
  const door = await startDoor(t, far.peer.port ?? 0);
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  const { port } = await refusing(t);
  serve(entry, divided([], FAR, [{ ...far.peer, port, through: door.name }]));
  for (let i = 0; i < 6; i += 1)
    assert.match(await exchange(t, entry.port, post(`body ${i}`, 'Connection: close\r\n')), new RegExp(`body ${i}`));
  await eventually(() => told.at(-1)?.through !== undefined);
  assert.match(told.at(-1)?.error ?? '', /ECONNREFUSED/);
  assert.deepEqual(told.at(-1)?.through, {});
  assert.ok(door.sockets.length < 6, 'connections are kept');
});

test('a node whose address nobody knows is reached that way, too', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far, told } = await startTwo(t);
  const door = await startDoor(t, far.peer.port ?? 0);
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  serve(entry, divided([], FAR, [{ node: 'b', through: door.name }]));
  assert.equal(bodyOf(await exchange(t, entry.port, getOnce())), 'there');
  await eventually(() => told.at(-1)?.through !== undefined);
  assert.deepEqual(told.at(-1), { error: 'nobody knows its address', through: {} });
});

test('a request that waits for a connection is sent the other way, where nobody says no', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far } = await startTwo(t, { timeouts: { failover: 50, connect: 3_600_000 } });
  const door = await startDoor(t, far.peer.port ?? 0);
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  // It takes connections, and says nothing.
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const held: Socket[] = [];
  silent.on('connection', (socket) => held.push(socket.on('error', () => undefined)));
  t.after(() => {
    silent.close();
    for (const socket of held) socket.destroy();
  });
  const { port } = silent.address() as { port: number };
  serve(entry, divided([], FAR, [{ ...far.peer, port, through: door.name }]));
  assert.equal(bodyOf(await exchange(t, entry.port, getOnce())), 'there');
});

test('once a connection comes about again, requests go by it, and nothing is kept the other way', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far, told } = await startTwo(t);
  const door = await startDoor(t, far.peer.port ?? 0);
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  const way = await refusing(t);
  serve(entry, divided([], FAR, [{ ...far.peer, port: way.port, through: door.name }]));
  assert.equal(bodyOf(await exchange(t, entry.port, getOnce())), 'there');
  await eventually(() => told.at(-1) !== undefined);
  await way.open(far);
  await eventually(() => told.at(-1) === undefined);
  await eventually(() => door.sockets.every((socket) => socket.destroyed || socket.readableEnded));
  door.shut();
  for (let i = 0; i < 3; i += 1) assert.equal(bodyOf(await exchange(t, entry.port, getOnce())), 'there');
});

test('where it leads nowhere either, the master is told both, and it is looked for', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far, told } = await startTwo(t);
  const door = await startDoor(t, far.peer.port ?? 0);
  door.isOpen = false;
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  const { port } = await refusing(t);
  serve(entry, divided([], FAR, [{ ...far.peer, port, through: door.name }]));
  const waiting = exchange(t, entry.port, getOnce());
  await eventually(() => told.at(-1)?.through?.error !== undefined);
  assert.match(told.at(-1)?.error ?? '', /ECONNREFUSED/);
  door.isOpen = true;
  assert.equal(bodyOf(await waiting), 'there');
  await eventually(() => told.at(-1)?.through !== undefined && told.at(-1)?.through?.error === undefined);
});

test('an agent that is lost costs no request that nobody has had, and ends what was under way', async (t) => {
  const { entry, far } = await startTwo(t, { timeouts: { failover: 100 } });
  const door = await startDoor(t, far.peer.port ?? 0);
  const here = await httpOrigin(t, (_, response) => response.end('here'));
  const origin = await httpOrigin(t, (_, response) => response.writeHead(200, { 'content-length': 10 }).write('half'));
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  const { port } = await refusing(t);
  const peers = [{ ...far.peer, port, through: door.name }];
  serve(entry, divided([], FAR, peers));
  const cut = open(t, entry.port).send(getOnce());
  await eventually(() => cut.received.includes('half'));
  serve(entry, divided([target('o1', here.port)], FAR, peers));
  door.shut();
  await eventually(() => cut.closed);
  for (let i = 0; i < 6; i += 1)
    assert.equal(bodyOf(await exchange(t, entry.port, post('x', 'Connection: close\r\n'))), 'here');
});

test('another socket in the table is where the next connections go', async (t) => {
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const { entry, far } = await startTwo(t);
  const [one, two] = [await startDoor(t, far.peer.port ?? 0), await startDoor(t, far.peer.port ?? 0)];
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  const { port } = await refusing(t);
  serve(entry, divided([], FAR, [{ ...far.peer, port, through: one.name }]));
  assert.equal(statusOf(await exchange(t, entry.port, getOnce())), 200);
  one.shut();
  serve(entry, divided([], FAR, [{ ...far.peer, port, through: two.name }]));
  assert.equal(statusOf(await exchange(t, entry.port, getOnce())), 200);
  assert.ok(two.sockets.length > 0);
});
