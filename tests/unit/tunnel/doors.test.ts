import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { socketPath } from '../../../src/core/route/local-socket.ts';
import { createDoors, type Doors } from '../../../src/tunnel/doors.ts';
import { until } from '../../lab/until.ts';
import { connectPair, type Pair, quiet } from '../../lab/wire.ts';

interface Room {
  readonly pair: Pair;
  readonly doors: Doors;
  /** Connections that arrived at the node's own listener. */
  readonly arrived: Socket[];
  enter(): Socket;
}

/** A node whose relay does as `serve` says with each connection, and the door to it. */
async function open(
  t: TestContext,
  serve: (socket: Socket) => void,
  { most, listens = true }: { readonly most?: number; readonly listens?: boolean } = {},
): Promise<Room> {
  const arrived: Socket[] = [];
  const relay = createServer({ allowHalfOpen: true }, (socket) => {
    arrived.push(socket.on('error', () => undefined));
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const { port } = relay.address() as AddressInfo;
  const place = () => (listens ? { host: '127.0.0.1', port } : undefined);
  const pair = await connectPair({ node: { targets: { relay: place } } });
  const doors = createDoors({ connect: () => pair.wire.connect('relay', 'relayed'), log: quiet, most });
  doors.open(pair.id);
  doors.open(pair.id);
  t.after(async () => {
    doors.close();
    await pair.close();
    for (const socket of arrived) socket.destroy();
    relay.close();
  });
  const enter = () => connect({ path: socketPath(doors.name(pair.id)), allowHalfOpen: true }).on('error', () => {});
  if (listens) await until('a way through', () => isGreeted(enter()));
  return { pair, doors, arrived, enter };
}

/** Whether anything came before the end. What came is not read. */
async function isGreeted(socket: Socket): Promise<boolean> {
  await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
  const isThere = socket.readableLength > 0;
  socket.destroy();
  return isThere;
}

const greet = (socket: Socket): void => void socket.write('hello ');
const echo = (socket: Socket): void => {
  greet(socket);
  socket.pipe(socket);
};

test('what goes in at the door comes out at the relay of the node, and back, each direction with its own end', async (t) => {
  const { enter, doors, pair } = await open(t, echo);
  const much = randomBytes(3 * 1024 * 1024);
  const socket = enter();
  socket.end(much);
  const back = await buffer(socket);
  assert.ok(back.equals(Buffer.concat([Buffer.from('hello '), much])));
  assert.equal(doors.problem(pair.id), undefined);
});

test('whoever leaves on one side is gone on the other', async (t) => {
  const { enter, arrived } = await open(t, greet);
  const count = arrived.length;
  const socket = enter();
  await once(socket, 'data');
  const there = arrived[count];
  assert.ok(there);
  const ended = once(there, 'end');
  there.resume();
  socket.destroy();
  await ended;
  const again = enter();
  await once(again, 'data');
  const closed = once(again, 'close');
  again.resume().end();
  arrived[count + 1]?.destroy();
  await closed;
});

test('a node that nothing listens on ends the connection, and it is known why until one gets through', async (t) => {
  const { enter, doors, pair } = await open(t, echo, { listens: false });
  await until('to be told', async () => {
    assert.equal(await isGreeted(enter()), false);
    return /does not reach its data plane, for requests: nothing listens there/.test(doors.problem(pair.id) ?? '');
  });
});

test('no more streams than may be are open at once, and one that ends makes room', async (t) => {
  const { enter, doors, pair } = await open(t, echo, { most: 2 });
  const stay = async (): Promise<Socket> => {
    const socket = enter();
    await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
    return socket.readableLength > 0 ? socket : stay();
  };
  const [one] = [await stay(), await stay()];
  assert.equal(await isGreeted(enter()), false);
  assert.match(doors.problem(pair.id) ?? '', /^2 requests are on their way/);
  one.destroy();
  await until('room for another', () => isGreeted(enter()));
  assert.equal(doors.problem(pair.id), undefined);
});

test('one that nobody reads is held up, and no other beside it', async (t) => {
  const chunk = Buffer.alloc(64 * 1024);
  let [sent, isFull] = [0, false];
  const { enter, arrived, pair } = await open(t, (socket) => {
    greet(socket);
    socket.once('data', () => {
      const pump = (): void => {
        while (socket.write(chunk)) sent += chunk.length;
        isFull = true;
        socket.once('drain', pump);
      };
      pump();
    });
  });
  const stuck = enter();
  await once(stuck, 'readable');
  stuck.write('go');
  let last = -1;
  await until('it to be held up', () => {
    const isStill = isFull && sent === last;
    last = sent;
    return isStill;
  });
  assert.ok(sent < 64 * 1024 * 1024, `${sent}`);
  const other = enter();
  const [said] = (await once(other, 'data')) as [Buffer];
  assert.equal(String(said), 'hello ');
  assert.equal(pair.wire.isUp(), true);
  assert.ok(arrived.length > 1);
});

test('a door that is shut ends what goes through, and a link that is cut too', async (t) => {
  const { enter, doors, pair } = await open(t, greet);
  const one = enter();
  await once(one, 'data');
  const closed = once(one.resume(), 'close');
  one.end();
  pair.port.cut(pair.id, 'again');
  await closed;
  await until('a way again', () => isGreeted(enter()));
  doors.shut(pair.id);
  const refused = enter();
  await assert.rejects(once(refused, 'connect'), { code: 'ECONNREFUSED' });
});
