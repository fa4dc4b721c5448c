import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { FrameTracker } from '../../../../src/dataplane/proxy/websocket/frames.ts';
import {
  bodyOf,
  eventually,
  exchange,
  get,
  HOST,
  httpOrigin,
  type Origin,
  open,
  type Rig,
  rawOrigin,
  startRig,
  statusOf,
} from './rig.ts';

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

async function chat(t: TestContext): Promise<{ origin: Origin; rig: Rig }> {
  const origin = await httpOrigin(t, (_, response) => response.end('plain'));
  const server = new WebSocketServer({ server: origin.server as never });
  server.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  return { origin, rig: await startRig(t, [origin]) };
}

async function join(t: TestContext, rig: Rig): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${rig.port}/chat`, { headers: { Host: HOST } });
  t.after(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

const closeCode = async (socket: WebSocket): Promise<number> => Number((await once(socket, 'close'))[0]);

test('messages go both ways, and the connection counts as a stream', async (t) => {
  const { rig, origin } = await chat(t);
  const socket = await join(t, rig);
  assert.deepEqual(
    rig.proxy.stats().map((one) => [one.inflight, one.streams]),
    [[0, 1]],
  );
  for (const text of ['one', 'two'.repeat(100_000)]) {
    socket.send(text);
    assert.equal(String((await once(socket, 'message'))[0]), text);
  }
  socket.close(1000);
  assert.equal(await closeCode(socket), 1000);
  await eventually(
    () => rig.proxy.stats()[0]?.streams === 0 && origin.sockets.size === 0 && rig.proxy.connections === 0,
  );
  assert.deepEqual([rig.log[0]?.status, Number(rig.log[0]?.in) > 300_000], [101, true]);
});

test('a client whose target dies without a word gets close 1012', async (t) => {
  const { rig, origin } = await chat(t);
  const socket = await join(t, rig);
  socket.send('hello');
  await once(socket, 'message');
  for (const one of origin.sockets) one.resetAndDestroy();
  assert.equal(await closeCode(socket), 1012);
  await eventually(() => rig.proxy.connections === 0 && rig.proxy.stats()[0]?.streams === 0);
});

test('a close code of the app is passed on as it is', async (t) => {
  const origin = await httpOrigin(t, () => {});
  new WebSocketServer({ server: origin.server as never }).on('connection', (socket) => socket.close(4001, 'bye'));
  const rig = await startRig(t, [origin]);
  assert.equal(await closeCode(await join(t, rig)), 4001);
});

test('a client cut in the middle of a frame is not given a frame there', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.once('data', () => {
      socket.write(SWITCHED);
      socket.end(Buffer.from([0x82, 0x0a, 1, 2, 3]));
    });
  });
  const { port } = await startRig(t, [origin]);
  const answer = await exchange(t, port, get('/', UPGRADE));
  assert.equal(bodyOf(answer), '\x82\x0a\x01\x02\x03');
});

test('a client that leaves closes the target side', async (t) => {
  const { rig, origin } = await chat(t);
  for (const leave of ['terminate', 'destroy'] as const) {
    const client = open(t, rig.port).send(get('/', UPGRADE));
    await client.until((text) => text.includes('101'));
    assert.equal(origin.sockets.size, 1);
    if (leave === 'terminate') client.socket.end();
    else client.socket.resetAndDestroy();
    await eventually(() => origin.sockets.size === 0 && rig.proxy.connections === 0);
  }
  assert.equal(rig.proxy.stats()[0]?.streams, 0);
});

test('a plain answer to an upgrade has the time of any answer, once its head is there', async (t) => {
  const origin = await rawOrigin(t, (socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npart')),
  );
  const rig = await startRig(t, [origin], { timeouts: { wsHandshake: 200, responseIdle: 3000 } });
  const client = open(t, rig.port).send(get('/', UPGRADE));
  await client.until((text) => text.endsWith('part'));
  await new Promise((resolve) => setTimeout(resolve, 600));
  for (const socket of origin.sockets) socket.write('more');
  await client.until((text) => text.endsWith('partmore'));
  const other = open(t, rig.port).send(get('/', UPGRADE));
  await other.end();
  assert.equal(other.error?.message, 'read ECONNRESET');
  assert.equal(rig.log[1]?.error, 'answer-timeout');
});

test('bytes sent ahead of the switch reach the target only after it', async (t) => {
  let received = '';
  const origin = await rawOrigin(t, (socket) => {
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
  });
  const { port } = await startRig(t, [origin]);
  const client = open(t, port).send(`${get('/', UPGRADE)}\x81\x85abcd....`);
  await eventually(() => received.endsWith('\r\n\r\n'));
  for (const socket of origin.sockets) socket.write(SWITCHED);
  await eventually(() => received.endsWith('\x81\x85abcd....'));
  await client.until((text) => text.includes('101 Switching'));
});

test('a refused upgrade is an ordinary answer, and what follows is read as HTTP', async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(`plain ${request.url}`));
  origin.server.on('upgrade', (_: unknown, socket: Socket) =>
    socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno'),
  );
  const { port } = await startRig(t, [origin]);
  const client = open(t, port).send(`${get('/ws', UPGRADE)}${get('/next')}GET /evil HTTP/9.9\r\n\r\n`);
  const answer = await client.end();
  assert.equal(statusOf(answer), 426);
  assert.match(answer, /no.*plain \/next.*HTTP\/1.1 505 /s);
});

test('a switch that nobody asked for, or to something else, is a bad answer', async (t) => {
  const origin = await rawOrigin(t, (socket) => socket.once('data', () => socket.write(SWITCHED)));
  const rig = await startRig(t, [origin]);
  assert.equal(statusOf(await exchange(t, rig.port, get('/', 'Connection: close\r\n'))), 502);
  const other = await rawOrigin(t, (socket) =>
    socket.once('data', () => socket.write(SWITCHED.replace('websocket', 'h2c'))),
  );
  const { port } = await startRig(t, [other]);
  assert.equal(statusOf(await exchange(t, port, get('/', UPGRADE.replace('Upgrade\r', 'close, Upgrade\r')))), 502);
});

test('an upgrade that is not answered in time is 504', async (t) => {
  const { port } = await startRig(t, [await rawOrigin(t, () => {})], { timeouts: { wsHandshake: 200 } });
  const client = open(t, port).send(get('/', UPGRADE));
  await client.until((text) => statusOf(text) === 504);
});

test('a side that does not read stops the other', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.once('data', () => {
      socket.write(SWITCHED);
      socket.pause();
    });
  });
  const { port } = await startRig(t, [origin]);
  const client = open(t, port).send(get('/', UPGRADE));
  await client.until((text) => text.includes('101'));
  let sent = 0;
  const part = Buffer.alloc(64 * 1024);
  const more = () => {
    while (sent < 100e6) {
      sent += part.length;
      if (!client.socket.write(part)) return;
    }
  };
  client.socket.on('drain', more);
  more();
  for (let before = -1; before !== sent; ) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(sent < 30e6, `${sent} bytes taken for a target that reads none`);
});

test('ending the proxy tells WebSocket clients to come again', async (t) => {
  const { rig } = await chat(t);
  const socket = await join(t, rig);
  const code = closeCode(socket);
  rig.proxy.destroy();
  assert.equal(await code, 1012);
});

test('frames are followed across any split', () => {
  const frames = Buffer.concat([
    Buffer.from([0x81, 0x03, 1, 2, 3]),
    Buffer.from([0x01, 0x7e, 0x01, 0x00]),
    Buffer.alloc(256),
    Buffer.from([0x89, 0x00]),
    Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9, 9, 9, 1, 2]),
  ]);
  const ends = new Set([0, 5, 265, 267, 283]);
  for (let size = 1; size < 20; size++) {
    const tracker = new FrameTracker();
    for (let at = 0; at < frames.length; at += size) {
      assert.equal(tracker.atBoundary, ends.has(at), `at ${at}`);
      tracker.feed(frames.subarray(at, at + size));
    }
    assert.ok(tracker.atBoundary && !tracker.closing);
    tracker.feed(Buffer.from([0x88, 0x02, 3, 232]));
    assert.ok(tracker.closing);
  }
});
