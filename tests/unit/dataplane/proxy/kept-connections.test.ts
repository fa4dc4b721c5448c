import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  eventually,
  get,
  HOST,
  OK,
  type Origin,
  open,
  post,
  type RawClient,
  type Rig,
  rawOrigin,
  startRig,
} from './rig.ts';

const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
/** A request of any method may follow at once on a connection. */
const SETTLED = { timeouts: { settled: 0 } };
const answers = (client: RawClient): number => client.received.split('HTTP/1.1 ').length - 1;

/** A target that answers `/odd` with these bytes, and all else well. */
const oddOrigin = (t: TestContext, odd: string): Promise<Origin> =>
  rawOrigin(t, (socket) => socket.on('data', (bytes) => socket.write(bytes.includes(' /odd ') ? odd : OK)));

const ODD: readonly (readonly [name: string, method: string, answer: string, kept: boolean])[] = [
  ['a 304 that promises chunks', 'GET', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', false],
  ['a 304 that promises bytes', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', false],
  ['a 304', 'GET', 'HTTP/1.1 304 Not Modified\r\n\r\n', true],
  ['a 204 that promises chunks', 'GET', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n', false],
  ['a 204 that promises bytes', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', false],
  ['a 204 of no bytes', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', true],
  ['a 204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', true],
  ['chunks promised to a HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', false],
  ['bytes promised to a HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', false],
  ['nothing promised to a HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nServer: w\r\n\r\n', false],
  ['no bytes promised to a HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', true],
  ['a 204 to a HEAD', 'HEAD', 'HTTP/1.1 204 No Content\r\n\r\n', true],
];

for (const [name, method, answer, kept] of ODD) {
  test(`${name}: its connection is ${kept ? 'kept' : 'used for nothing else'}`, async (t) => {
    const origin = await oddOrigin(t, answer);
    const { port } = await startRig(t, [origin], SETTLED);
    const client = open(t, port).send(`${method} /odd HTTP/1.1\r\nHost: ${HOST}\r\n\r\n${post('body')}`);
    await client.until((text) => text.endsWith('\r\n\r\nok'));
    assert.equal(answers(client), 2);
    assert.equal(origin.accepted, kept ? 1 : 2);
  });
}

interface Kept {
  readonly rig: Rig;
  readonly origin: Origin;
  /** The target's end of the connection that is kept. */
  readonly socket: Socket;
  readonly client: RawClient;
}

/** A connection to the target lies in the pool, and a client's is open. */
async function keepOne(t: TestContext): Promise<Kept> {
  const origin = await oddOrigin(t, OK);
  const rig = await startRig(t, [origin], SETTLED);
  const client = open(t, rig.port).send(get());
  await client.until((text) => text.endsWith('ok'));
  const [socket] = origin.sockets;
  assert.ok(socket);
  return { rig, origin, socket, client };
}

/** A target whose first connection ends behind its first answer, which nobody can know before the next request is on its way. */
const hastyOrigin = (t: TestContext): Promise<Origin> =>
  rawOrigin(t, (socket, origin) => {
    const isFirst = origin.accepted === 0; // It is counted after this.
    socket.once('data', () => {
      socket.write(OK);
      socket.on('data', () => (isFirst ? socket.resetAndDestroy() : socket.write(OK)));
    });
  });

test('a POST right behind an answer does not go where the end may be right behind that', async (t) => {
  const origin = await hastyOrigin(t);
  const rig = await startRig(t, [origin], { timeouts: { settled: 600_000, freshIdle: 900_000 } });
  const client = open(t, rig.port).send(get() + post('body'));
  await client.until(() => answers(client) === 2);
  assert.ok(client.received.endsWith('\r\n\r\nok'), client.received);
  assert.deepEqual([origin.accepted, rig.proxy.stats()[0]?.failed], [2, 0]);
});

test('a POST takes a connection that has settled, also where a younger one is kept', async (t) => {
  const origin = await oddOrigin(t, OK);
  const rig = await startRig(t, [origin], { timeouts: { settled: 50 } });
  const client = open(t, rig.port).send(get());
  await client.until(() => answers(client) === 1);
  for (let sent = 1, opened = 0; opened < origin.accepted; sent += 1) {
    opened = origin.accepted;
    client.send(post('body'));
    await client.until(() => answers(client) === sent + 1);
    assert.ok(sent < 1000, 'none is ever taken');
  }
});

/** What may have happened to a kept connection without anybody having looked. */
const HAPPENED: Readonly<Record<string, (socket: Socket) => void>> = {
  'bytes lie': (socket) => socket.write(EVIL),
  'an end lies': (socket) => socket.end(),
  'a reset lies': (socket) => socket.resetAndDestroy(),
};

for (const [what, happens] of Object.entries(HAPPENED)) {
  for (const [name, request] of Object.entries({ GET: get(), POST: post('body') })) {
    for (const first of ['the request', 'it'] as const) {
      test(`a ${name} goes on another connection when ${what} in the kept one, and ${first} is seen first`, async (t) => {
        const { rig, origin, socket, client } = await keepOne(t);
        // In one turn: both have come when the proxy looks at its sockets, as after a moment in which it was held.
        if (first === 'it') happens(socket);
        client.send(request);
        if (first !== 'it') happens(socket);
        await client.until(() => answers(client) === 2);
        assert.ok(client.received.endsWith('\r\n\r\nok'), client.received);
        assert.equal(origin.accepted, 2);
        assert.deepEqual(
          rig.proxy.stats().map(({ requests, failed }) => [requests, failed]),
          [[2, 0]],
        );
      });
    }
  }
}

/**
 * Acts between the loop's last look at its sockets and what waits for that. It has been asleep, so this is the second one: that of
 * the turn behind the one in which the request came.
 */
async function behindTheLook({ rig, client }: Kept, request: string, act: () => void): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  let turns = 0;
  const turn = (): void => {
    if (turns > 0 || rig.proxy.stats()[0]?.inflight === 1) turns += 1;
    if (turns === 2) act();
    else setImmediate(turn);
  };
  client.send(request);
  setImmediate(turn);
}

test('a look at the sockets that is held up is repeated', async (t) => {
  const kept = await keepOne(t);
  await behindTheLook(kept, post('body'), () => {
    for (const until = performance.now() + 20; performance.now() < until; );
    kept.socket.write(EVIL);
  });
  await kept.client.until(() => answers(kept.client) === 2);
  assert.ok(kept.client.received.endsWith('\r\n\r\nok'), kept.client.received);
  assert.equal(kept.origin.accepted, 2);
});

test('a POST that a reset connection does not take was not sent, and goes on another', async (t) => {
  const kept = await keepOne(t);
  await behindTheLook(kept, post('body'), () => kept.socket.resetAndDestroy());
  await kept.client.until(() => answers(kept.client) === 2);
  assert.ok(kept.client.received.endsWith('\r\n\r\nok'), kept.client.received);
  assert.equal(kept.origin.accepted, 2);
  assert.equal(kept.rig.proxy.stats()[0]?.requests, 2);
});

test('a client that leaves while its connection to the target is looked at takes it along', async (t) => {
  const kept = await keepOne(t);
  kept.client.send(get());
  kept.client.socket.resetAndDestroy();
  await eventually(() => kept.origin.sockets.size === 0 && kept.rig.proxy.connections === 0);
  assert.equal(kept.rig.proxy.stats()[0]?.inflight, 0);
});

/** Answers the second request of its first connection with something stale before the answer, at once or not. */
const staleOrigin = (t: TestContext, stale: string): Promise<Origin> =>
  rawOrigin(t, (socket, origin) => {
    const isFirst = origin.accepted === 0; // It is counted after this.
    let requests = 0;
    socket.on('data', () => {
      requests += 1;
      socket.write(isFirst && requests === 2 ? stale + OK : OK);
    });
  });

for (const stale of ['\r\n', 'hello', '0\r\n\r\n']) {
  test(`${JSON.stringify(stale)} on its way on a kept connection is no answer to a request that can be sent again`, async (t) => {
    const origin = await staleOrigin(t, stale);
    const rig = await startRig(t, [origin]);
    const client = open(t, rig.port).send(get());
    await client.until((text) => text.endsWith('ok'));
    client.send(get());
    await client.until(() => answers(client) === 2);
    assert.ok(client.received.endsWith('\r\n\r\nok'), client.received);
    assert.deepEqual([origin.accepted, rig.proxy.stats()[0]?.failed], [2, 0]);

    const other = await staleOrigin(t, stale);
    const posting = open(t, (await startRig(t, [other], SETTLED)).port).send(get());
    await posting.until((text) => text.endsWith('ok'));
    posting.send(post('body'));
    await posting.until(() => answers(posting) === 2);
    assert.match(posting.received, /HTTP\/1\.1 502 .*X-Orca-Error: bad-answer/s);
    assert.equal(other.accepted, 1);
  });
}
