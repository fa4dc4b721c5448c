import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { cluster, identityOf } from '../proxy/relay/rig.ts';
import { eventually } from '../proxy/rig.ts';
import { ASKER, addressOn, dial, names, read, startNode, startTask, type TaskServer } from './rig.ts';

/** Two nodes, and the task of a service on the second. */
async function pair(t: TestContext, onSocket: (socket: Socket) => void) {
  const authority = await cluster();
  const [a, b] = await Promise.all(
    ['a', 'b'].map(async (node) => startNode(t, node, await identityOf(authority, node))),
  );
  assert.ok(a && b);
  const task = await startTask(t, onSocket);
  await b.use(names(task.port, { tasks: [task] }), [{ node: 'a' }]);
  await a.use(names(task.port, { others: ['b'] }), [b.peer]);
  return { authority, a, b, task };
}

const echo = (socket: Socket) => void socket.pipe(socket);

test('a connection to the address of a service reaches its task on another node, and each direction ends for itself', async (t) => {
  const { task } = await pair(t, (socket) => {
    let heard = '';
    socket.on('data', (bytes) => {
      heard += String(bytes);
    });
    socket.once('end', () => socket.end(`you said ${heard}`));
  });
  const client = dial(task.port);
  client.end('hello');
  assert.deepEqual(await read(client), { said: 'you said hello', ended: true });
});

test('a program that speaks first is heard', async (t) => {
  const { task } = await pair(t, (socket) => socket.end('220 welcome'));
  assert.deepEqual(await read(dial(task.port)), { said: '220 welcome', ended: true });
});

test('what is sent arrives as it was, though one side reads late: nobody holds more than sockets do', async (t) => {
  const { task } = await pair(t, echo);
  const sent = randomBytes(32 * 1024 * 1024);
  const client = dial(task.port);
  await once(client, 'connect');
  client.pause();
  let wasHeldBack = false;
  client.write(sent, () => client.end());
  const [atTask] = await eventuallyOne(task);
  await eventually(() => {
    wasHeldBack = (atTask?.writableLength ?? 0) > 0 || client.writableLength > 0;
    return wasHeldBack;
  });
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  client.resume();
  await once(client, 'end');
  assert.ok(wasHeldBack);
  assert.ok(sent.equals(Buffer.concat(chunks)));
});

test('a task that is cut off cuts its client, and a client its task: neither is told that the other has ended', async (t) => {
  const { task } = await pair(t, (socket) => socket.once('data', () => socket.write('half of')));
  const cut = dial(task.port);
  const heard = read(cut);
  cut.write('?');
  await once(cut, 'data');
  const [first] = task.sockets;
  first?.resetAndDestroy();
  assert.deepEqual(await heard, { said: 'half of', ended: false });

  const leaving = dial(task.port);
  leaving.write('?');
  await once(leaving, 'data');
  const second = task.sockets[1];
  assert.ok(second);
  let ended = false;
  second.once('end', () => {
    ended = true;
  });
  leaving.resetAndDestroy();
  if (!second.destroyed) await once(second, 'close').catch(() => {});
  assert.equal(ended, false);
});

test('who is not told the name is not connected, and neither is an address that nobody knows', async (t) => {
  const { task } = await pair(t, (socket) => socket.end('secret'));
  assert.equal((await read(dial(task.port, ASKER.billing))).said, 'secret', 'it is granted');
  for (const asker of [ASKER.spy, '127.0.0.1'])
    assert.deepEqual(await read(dial(task.port, asker)), { said: '', ended: false }, asker);
  assert.equal(task.sockets.length, 1);
});

test('the other node refuses by its own table, whatever this one believes', async (t) => {
  const { task, a, b } = await pair(t, (socket) => socket.end('secret'));
  await b.use(names(task.port, { tasks: [task], to: [] }), [{ node: 'a' }]);
  const waits = dial(task.port, ASKER.billing);
  const heard = read(waits);
  await a.use(names(task.port, { others: ['b'], to: [] }), [b.peer]);
  assert.deepEqual(await heard, { said: '', ended: false });
  assert.equal(task.sockets.length, 0);
});

test('a grant that is taken back ends what it let in, and nothing else', async (t) => {
  const { task, a, b } = await pair(t, echo);
  const [own, granted] = [dial(task.port), dial(task.port, ASKER.billing)];
  for (const one of [own, granted]) {
    one.write('?');
    await once(one, 'data');
  }
  const heard = read(granted);
  await a.use(names(task.port, { others: ['b'], to: [] }), [b.peer]);
  assert.equal((await heard).ended, false);
  own.write('!');
  assert.equal(String((await once(own, 'data'))[0]), '!');
});

test('a connection waits while no task takes it, and is carried to the node that has one next', async (t) => {
  const { authority, a, b, task } = await pair(t, echo);
  const c = await startNode(t, 'c', await identityOf(authority, 'c'));
  const moved = await startTask(t, (socket) => socket.end('moved'), task.port);
  await b.use(names(task.port, { tasks: [] }), [{ node: 'a' }]);
  const client = dial(task.port);
  await once(client, 'connect');
  await c.use(names(task.port, { tasks: [moved] }), [{ node: 'a' }]);
  await a.use(names(task.port, { others: ['c'] }), [b.peer, c.peer]);
  assert.deepEqual(await read(client), { said: 'moved', ended: true });
  assert.equal(task.sockets.length, 0);
});

test('a service that has moved to the own node is reached by the address that it had from afar', async (t) => {
  const { a, task } = await pair(t, echo);
  const here = await startTask(t, (socket) => socket.end('here'), task.port);
  await a.use(names(task.port, { tasks: [here] }), []);
  assert.deepEqual(await read(dial(task.port)), { said: 'here', ended: true });
});

test('a node that has gone is passed over for one that is there, and tasks that are not ready for those that are', async (t) => {
  const { authority, a, b, task } = await pair(t, echo);
  const c = await startNode(t, 'c', await identityOf(authority, 'c'));
  const ready = await startTask(t, (socket) => socket.end('ready'), task.port);
  const probed = { ...(await startTask(t, (socket) => socket.end('not ready'), task.port)), probed: true };
  await c.use(names(task.port, { tasks: [probed, ready] }), [{ node: 'a' }]);
  await a.use(names(task.port, { others: ['b', 'c'] }), [b.peer, c.peer]);
  b.die();
  for (let i = 0; i < 8; i += 1) assert.deepEqual(await read(dial(task.port)), { said: 'ready', ended: true });
});

test('connections go on over later tables, and end with the nodes', async (t) => {
  const { a, b, task } = await pair(t, echo);
  const client = dial(task.port);
  client.write('one');
  await once(client, 'data');
  await b.use(names(task.port, { tasks: [] }), [{ node: 'a' }]);
  await a.use(names(task.port, { others: [] }), []);
  client.write('two');
  assert.equal(String((await once(client, 'data'))[0]), 'two');
  const heard = read(client);
  b.die();
  assert.equal((await heard).ended, false);
});

test('a node that is none of the table carries nothing here', async (t) => {
  const { authority, b, task } = await pair(t, echo);
  const stranger = await startNode(t, 'x', await identityOf(authority, 'x'), 300);
  await stranger.use(names(task.port, { others: ['b'] }), [b.peer]);
  assert.equal((await read(dial(task.port, ASKER.shop, addressOn('x')))).ended, false);
  assert.equal(task.sockets.length, 0);
});

/** Its first connection. */
async function eventuallyOne(task: TaskServer): Promise<readonly Socket[]> {
  await eventually(() => task.sockets.length > 0);
  return task.sockets;
}
