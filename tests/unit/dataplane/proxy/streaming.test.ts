import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  answering,
  bodyOf,
  eventually,
  exchange,
  get,
  getOnce,
  HOST,
  httpOrigin,
  OK,
  open,
  post,
  rawOrigin,
  startRig,
  statusOf,
} from './rig.ts';

const MB = 1024 * 1024;
const EVENTS = 'Accept: text/event-stream\r\n';

test('a large upload and a large download go through whole', async (t) => {
  const origin = await httpOrigin(t, (request, response) => request.pipe(response));
  const { port } = await startRig(t, [origin]);
  const body = Buffer.alloc(8 * MB, 'orca');
  const client = open(t, port);
  client.send(`POST / HTTP/1.0\r\nHost: ${HOST}\r\nContent-Length: ${body.length}\r\n\r\n`).send(body);
  const answer = await client.end();
  assert.equal(bodyOf(answer).length, body.length);
  assert.ok(bodyOf(answer) === body.toString('latin1'));
});

/** Writes for as long as the socket takes it, and tells how much that was. */
function flood(socket: Socket): { sent: number } {
  const count = { sent: 0 };
  const part = Buffer.alloc(64 * 1024, 'x');
  const more = () => {
    while (!socket.destroyed && count.sent < 200 * MB) {
      count.sent += part.length;
      if (!socket.write(part)) return;
    }
  };
  socket.on('drain', more);
  more();
  return count;
}

const settled = async (count: { sent: number }): Promise<number> => {
  for (let before = -1; before !== count.sent; ) {
    before = count.sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return count.sent;
};

test('a client that does not read stops the target, and a target that does not read stops the client', async (t) => {
  let sent = { sent: 0 };
  const talkative = await rawOrigin(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n');
      sent = flood(socket);
    });
  });
  const { port } = await startRig(t, [talkative]);
  const client = open(t, port).send(get());
  client.socket.pause();
  await eventually(() => sent.sent > 0);
  assert.ok((await settled(sent)) < 30 * MB, `${sent.sent} bytes taken for a client that reads none`);

  const deaf = await rawOrigin(t, (socket) => socket.pause());
  const other = await startRig(t, [deaf]);
  const sender = open(t, other.port).send(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1000000000\r\n\r\n`);
  const taken = flood(sender.socket);
  assert.ok((await settled(taken)) < 30 * MB, `${taken.sent} bytes taken for a target that reads none`);
});

/** Begins to answer each request with events. */
const eventOrigin = (t: TestContext) =>
  rawOrigin(t, (socket) => {
    socket.once('data', () =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'),
    );
  });

test('events reach the client one by one, and the connection counts as a stream', async (t) => {
  const origin = await eventOrigin(t);
  const rig = await startRig(t, [origin], { timeouts: { responseIdle: 150 } });
  const client = open(t, rig.port).send(get('/', EVENTS));
  await client.until((text) => text.endsWith('\r\n\r\n'));
  assert.deepEqual(
    rig.proxy.stats().map((one) => [one.inflight, one.streams]),
    [[0, 1]],
  );
  for (const event of ['one', 'two']) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const socket of origin.sockets) socket.write(`3\r\n${event}\r\n`);
    await client.until((text) => text.endsWith(`3\r\n${event}\r\n`));
  }
  client.socket.destroy();
  await eventually(() => rig.proxy.stats()[0]?.streams === 0 && origin.sockets.size === 0);
});

const ASKED: Readonly<Record<string, readonly [request: string, endless: boolean]>> = {
  'by EventSource': [get('/', EVENTS), true],
  'in a list': [get('/', 'Accept: application/json\r\nAccept: text/html,\tText/Event-Stream;q=0.5\r\n'), true],
  'by a POST': [post('{}', EVENTS), false],
  'for anything': [get('/', 'Accept: */*\r\n'), false],
  'for something like it': [get('/', 'Accept: text/event-streams, x-text/event-stream\r\n'), false],
  'for nothing': [get(), false],
};

for (const [how, [request, endless]] of Object.entries(ASKED)) {
  test(`events asked ${how} ${endless ? 'are a stream without an end' : 'are an answer that ends'}`, async (t) => {
    const origin = await eventOrigin(t);
    const rig = await startRig(t, [origin], { timeouts: { responseIdle: 100 } });
    const client = open(t, rig.port).send(request);
    await client.until((text) => text.endsWith('\r\n\r\n'));
    const counted = rig.proxy.stats().map((one) => [one.inflight, one.streams]);
    assert.deepEqual(counted, [endless ? [0, 1] : [1, 0]]);
    await new Promise((resolve) => setTimeout(resolve, 400)); // None has an idle timeout.
    for (const socket of origin.sockets) socket.write('3\r\nend\r\n0\r\n\r\n');
    await client.until((text) => text.endsWith('3\r\nend\r\n0\r\n\r\n'));
    await eventually(() => rig.proxy.stats().every((one) => one.inflight + one.streams === 0));
  });
}

test('an answer cut by its target is cut for the client, in every framing', async (t) => {
  const heads = [
    'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\npart',
  ];
  for (const head of heads) {
    const origin = await rawOrigin(t, (socket) => socket.once('data', () => socket.end(head)));
    const rig = await startRig(t, [origin]);
    for (const version of ['1.1', '1.0']) {
      const client = open(t, rig.port).send(`GET / HTTP/${version}\r\nHost: ${HOST}\r\n\r\n`);
      const answer = await client.end();
      assert.equal(client.error?.message, 'read ECONNRESET');
      assert.ok(!answer.endsWith('0\r\n\r\n'));
    }
    assert.equal(rig.proxy.stats()[0]?.failed, 2);
    assert.equal(rig.log[0]?.error, 'target-closed');
  }
});

test('an answer without lengths that is reset is cut, not ended', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.once('data', () =>
      socket.write('HTTP/1.1 200 OK\r\n\r\npart', () => setTimeout(() => socket.resetAndDestroy(), 50)),
    );
  });
  const { port } = await startRig(t, [origin]);
  for (const version of ['1.1', '1.0']) {
    const client = open(t, port).send(`GET / HTTP/${version}\r\nHost: ${HOST}\r\n\r\n`);
    const answer = await client.end();
    assert.equal(client.error?.message, 'read ECONNRESET', version);
    assert.ok(!answer.endsWith('0\r\n\r\n'));
  }
});

test('a client that leaves takes its request along: before the answer, within it, and while it uploads', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.on('data', (bytes) => {
      if (bytes.includes('/begun')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart');
    });
  });
  const rig = await startRig(t, [origin]);
  const requests = [get('/silent'), get('/begun'), `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 9\r\n\r\nhalf`];
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    for (const request of requests) {
      const client = open(t, rig.port).send(request);
      await eventually(() => origin.sockets.size === 1);
      if (request.includes('/begun')) await client.until((text) => text.endsWith('part'));
      client.socket[leave]();
      await eventually(
        () => origin.sockets.size === 0,
        () => `${leave} to end ${JSON.stringify(request)}`,
      );
    }
  }
  assert.equal(rig.proxy.stats()[0]?.inflight, 0);
  assert.equal(rig.proxy.stats()[0]?.failed, 0);
  await eventually(() => rig.log.length === 6);
  assert.deepEqual(
    rig.log.map((line) => line.status),
    [499, 200, 499, 499, 200, 499],
  );
});

test('after 3,000 aborted requests no connection to the target is left', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'));
  });
  const rig = await startRig(t, [origin]);
  let aborted = 0;
  const abortOne = async (): Promise<void> => {
    const client = open(t, rig.port).send(get());
    if (aborted % 3 > 0) await client.until((text) => text !== '');
    else await new Promise((resolve) => client.socket.once('connect', resolve));
    client.socket[aborted % 2 === 0 ? 'destroy' : 'resetAndDestroy']();
    aborted += 1;
  };
  const lane = async () => {
    while (aborted < 3000) await abortOne();
  };
  await Promise.all(Array.from({ length: 30 }, lane));
  await eventually(() => origin.sockets.size === 0 && rig.proxy.connections === 0);
  assert.equal(rig.proxy.stats()[0]?.inflight, 0);
});

test('a request that does not get on is ended: 408, 504, or closed', async (t) => {
  const mute = await rawOrigin(t, () => {});
  const timeouts = { head: 200, keepAlive: 200, uploadIdle: 200, responseWait: 200, responseIdle: 200 };
  const { port } = await startRig(t, [mute], { timeouts });
  assert.equal(statusOf(await exchange(t, port, 'GET / HTTP/1.1\r\nHost: sh')), 408);
  assert.equal(await exchange(t, port, ''), '');
  assert.equal(
    statusOf(await exchange(t, port, `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 9\r\n\r\nx`)),
    408,
  );
  const answer = await exchange(t, port, get('/', 'Connection: close\r\n'));
  assert.equal(statusOf(answer), 504);
  assert.match(answer, /X-Orca-Error: answer-timeout/);

  const stops = await rawOrigin(t, answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart'));
  const other = await startRig(t, [stops], { timeouts });
  const client = open(t, other.port).send(get());
  await client.end();
  assert.equal(client.error?.message, 'read ECONNRESET');
  assert.equal(other.log[0]?.error, 'answer-timeout');
});

test('a client that waits to be asked for its body is not late; one that was asked is', async (t) => {
  const origin = await rawOrigin(t, (socket) =>
    socket.once('data', (bytes) => bytes.includes('/asks ') && socket.write('HTTP/1.1 100 Continue\r\n\r\n')),
  );
  const rig = await startRig(t, [origin], { timeouts: { uploadIdle: 200, responseWait: 400 } });
  const expecting = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
  assert.match(await exchange(t, rig.port, expecting('/mute')), /^HTTP\/1.1 504 .*X-Orca-Error: answer-timeout/s);
  assert.equal(rig.proxy.stats()[0]?.failed, 1);
  assert.match(await exchange(t, rig.port, expecting('/asks')), /HTTP\/1.1 408 .*X-Orca-Error: body-timeout/s);
  assert.match(await exchange(t, rig.port, `${expecting('/mute')}x`), /^HTTP\/1.1 408 /);
  const chunked = expecting('/mute').replace('Content-Length: 5', 'Transfer-Encoding: chunked');
  assert.match(await exchange(t, rig.port, `${chunked}5\r\n`), /^HTTP\/1.1 408 /);
  assert.equal(rig.proxy.stats()[0]?.failed, 1);
});

test('a head that drips is cut at its time, however it drips', async (t) => {
  const { port } = await startRig(t, [await rawOrigin(t, answering(OK))], { timeouts: { head: 400 } });
  const client = open(t, port);
  const timer = setInterval(() => client.closed || client.send('a'), 20);
  t.after(() => clearInterval(timer));
  assert.equal(statusOf(await client.end()), 408);
});

test('a client that does not read its answer is cut', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n');
      flood(socket);
    });
  });
  const rig = await startRig(t, [origin], { timeouts: { downloadIdle: 300 } });
  const client = open(t, rig.port).send(get());
  client.socket.pause();
  await eventually(() => rig.log.length === 1 && rig.proxy.connections === 0 && origin.sockets.size === 0);
  assert.equal(rig.log[0]?.error, 'download-timeout');
});

test('a body over the limit is refused, by its length or as it comes', async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    request.resume();
    request.on('end', () => response.end('ok'));
  });
  const { port } = await startRig(t, [origin], { limits: { bodyBytes: 10 } });
  const length = (n: number) =>
    `POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nContent-Length: ${n}\r\n\r\n${'x'.repeat(n)}`;
  assert.equal(statusOf(await exchange(t, port, length(10))), 200);
  assert.equal(statusOf(await exchange(t, port, length(11))), 413);
  const chunked = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n`;
  assert.equal(statusOf(await exchange(t, port, chunked)), 413);
});

test('connections over the limits are closed at once, those of trusted proxies only by the first', async (t) => {
  const origin = await rawOrigin(t, answering(OK));
  const rig = await startRig(t, [origin], { limits: { connectionsPerAddress: 2 } });
  const clients = [open(t, rig.port), open(t, rig.port)];
  await eventually(() => rig.proxy.connections === 2);
  assert.equal(await open(t, rig.port).end(), '');
  clients[0]?.socket.destroy();
  await eventually(() => rig.proxy.connections === 1);
  assert.equal(bodyOf(await exchange(t, rig.port, getOnce())), 'ok');
  const trusting = await startRig(t, [origin], {
    limits: { connectionsPerAddress: 1, connections: 2 },
    trustedProxies: ['127.0.0.1'],
  });
  open(t, trusting.port);
  open(t, trusting.port);
  await eventually(() => trusting.proxy.connections === 2);
  assert.equal(await open(t, trusting.port).end(), '');
});

test('pipelined requests of a client that does not read do not pile up', async (t) => {
  const body = 'x'.repeat(50_000);
  const origin = await rawOrigin(t, answering(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
  const rig = await startRig(t, [origin]);
  const client = open(t, rig.port);
  client.socket.pause();
  client.send(get().repeat(3000));
  await eventually(() => (rig.proxy.stats()[0]?.requests ?? 0) > 10);
  const before = rig.proxy.stats()[0]?.requests;
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok((rig.proxy.stats()[0]?.requests ?? 0) < 1500, `${before} requests, then ${rig.proxy.stats()[0]?.requests}`);
});

test('a slow reader gets the whole of an answer that ends its connection', async (t) => {
  const body = Buffer.alloc(6 * MB, 'x');
  const origin = await httpOrigin(t, (_, response) => response.end(body));
  const rig = await startRig(t, [origin], { timeouts: { linger: 100 } });
  const client = open(t, rig.port).send(getOnce());
  client.socket.pause();
  await eventually(() => rig.proxy.stats()[0]?.requests === 1);
  await new Promise((resolve) => setTimeout(resolve, 600));
  client.socket.resume();
  assert.equal(bodyOf(await client.end()).length, body.length);
  assert.equal(client.error, undefined);
});

test('a bug met with one request ends its connection and no other', async (t) => {
  const bugs: unknown[] = [];
  const onLine = (line: string) => {
    if (line.includes('/bug')) throw new Error('a bug');
  };
  const origin = await rawOrigin(t, answering(OK));
  const rig = await startRig(t, [origin], { onBug: (error) => bugs.push(error), onLine });
  const other = open(t, rig.port).send(get('/before'));
  await other.until((text) => text.endsWith('ok'));
  for (let count = 1; count <= 3; count++) {
    await exchange(t, rig.port, get('/bug'));
    await eventually(() => bugs.length === count);
  }
  other.send(get('/after'));
  await other.until((text) => text.split('\r\n\r\nok').length === 3);
  assert.deepEqual([rig.proxy.connections, rig.proxy.stats()[0]?.inflight], [1, 0]);
});
