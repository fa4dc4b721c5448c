import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventually, HOST, open, rawOrigin, startRig, statusOf } from './rig.ts';

const TOO_LARGE = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n';
const UPLOAD = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 900000\r\n\r\n`;

/** An upload has begun: both ends of the connection to the target, and the client that goes on sending. */
async function uploading(t: TestContext) {
  const sockets: Socket[] = [];
  const origin = await rawOrigin(t, (socket) => socket.once('data', () => sockets.push(socket)));
  const rig = await startRig(t, [origin]);
  const client = open(t, rig.port).send(UPLOAD);
  await eventually(() => sockets.length === 1);
  return { rig, client, target: sockets[0] as Socket };
}

/** In one turn: the proxy finds out by a write that it cannot write, with the answer lying in its socket. */
function resets(target: Socket, answer: string): void {
  target.write(answer, 'latin1');
  target.resetAndDestroy();
}

test('an answer that was received is delivered, though the target has reset and a write failed before it was read', async (t) => {
  const { rig, client, target } = await uploading(t);
  client.send(Buffer.alloc(60_000, 'x'));
  resets(target, TOO_LARGE);
  await client.until((text) => text.endsWith('no\n'));
  assert.equal(statusOf(client.received), 413);
  assert.match(client.received, /Connection: close\r\n/);
  await eventually(() => rig.proxy.stats()[0]?.inflight === 0);
  assert.equal(rig.proxy.stats()[0]?.failed, 0);
  await client.end();
});

test('what is not whole by then is cut, whatever its framing, and nothing at all is 502', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\n';
  for (const answer of [`${head}Content-Length: 9\r\n\r\npart`, `${head}Connection: close\r\n\r\npart`, '']) {
    const { rig, client, target } = await uploading(t);
    client.send(Buffer.alloc(60_000, 'x'));
    resets(target, answer);
    const received = await client.end();
    if (answer === '') assert.equal(statusOf(received), 502);
    else assert.equal(client.error?.message, 'read ECONNRESET', JSON.stringify([answer, received]));
    assert.ok(!received.endsWith('0\r\n\r\n'), received);
    assert.equal(rig.proxy.stats()[0]?.failed, 1);
  }
});

test('each of 60 uploads that go on gets the answer of a target that closes without reading them', async (t) => {
  const origin = await rawOrigin(t, (socket) =>
    socket.once('data', () => {
      socket.pause();
      socket.write(TOO_LARGE, () => socket.destroy());
    }),
  );
  const rig = await startRig(t, [origin]);
  const statuses: number[] = [];
  for (let count = 0; count < 60; count++) {
    const client = open(t, rig.port).send(UPLOAD).send(Buffer.alloc(900_000, 'x'));
    await client.until((text) => text.endsWith('no\n') || client.closed);
    statuses.push(statusOf(client.received));
    client.socket.destroy();
  }
  assert.deepEqual([...new Set(statuses)], [413]);
  assert.equal(rig.proxy.stats()[0]?.failed, 0);
});
