import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
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

/** Tells what it was asked, headers as they came. */
const echo = (t: Parameters<typeof httpOrigin>[0]) =>
  httpOrigin(t, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('latin1');
      const { method, url, rawHeaders, trailers } = request;
      response.end(JSON.stringify({ method, url, rawHeaders, headers: request.headers, body, trailers }));
    });
  });

const asked = (answer: string) => JSON.parse(bodyOf(answer));

test('a request reaches the target and its answer comes back', async (t) => {
  const { port, log } = await startRig(t, [await echo(t)]);
  const answer = await exchange(t, port, getOnce('/a?b=c', 'X-Mine: yes\r\n'));
  assert.equal(statusOf(answer), 200);
  assert.equal(asked(answer).url, '/a?b=c');
  assert.equal(asked(answer).headers['x-mine'], 'yes');
  assert.deepEqual(
    [log[0]?.status, log[0]?.method, log[0]?.path, log[0]?.task, log[0]?.service, log[0]?.host],
    [200, 'GET', '/a', 't1', 'shop/web', HOST],
  );
});

test('one client connection and one target connection carry many requests', async (t) => {
  const origin = await echo(t);
  const { port } = await startRig(t, [origin]);
  const client = open(t, port);
  for (let count = 1; count <= 10; count++) {
    client.send(get(`/${count}`));
    await client.until((text) => text.includes(`"url":"/${count}"`));
  }
  assert.equal(origin.accepted, 1);
});

test('pipelined requests are answered in order', async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    setTimeout(() => response.end(request.url), request.url === '/1' ? 60 : 1);
  });
  const { port } = await startRig(t, [origin]);
  const answer = await exchange(t, port, get('/1') + post('body', '', '/2') + get('/nowhere') + getOnce('/4'));
  assert.deepEqual(answer.match(/\/(1|2|nowhere|4)$|\/(1|2|nowhere)(?=HTTP)/gm)?.join(' '), '/1 /2 /nowhere /4');
});

test('bodies go through in either framing', async (t) => {
  const { port } = await startRig(t, [await echo(t)]);
  assert.equal(asked(await exchange(t, port, post('hello', 'Connection: close\r\n'))).body, 'hello');
  const chunked = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n`;
  const answer = await exchange(
    t,
    port,
    `${chunked}5;a="b"\r\nhello\r\n001\r\n!\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n\r\n`,
  );
  assert.equal(asked(answer).body, 'hello!');
  assert.deepEqual(asked(answer).trailers, { 'x-sum': '1' });
});

test('a body that comes a byte at a time arrives whole', async (t) => {
  const { port } = await startRig(t, [await echo(t)]);
  const client = open(t, port);
  const head = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
  for (const byte of `${head}a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n`) {
    client.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(asked(await client.end()).body, '0123456789');
});

test('an answer that comes a byte at a time arrives whole', async (t) => {
  const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n';
  const origin = await rawOrigin(t, (socket) => {
    socket.once('data', async () => {
      for (const byte of answer) {
        socket.write(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
  const { port } = await startRig(t, [origin]);
  const response = await new Promise<IncomingMessage>((resolve) => {
    request({ port, headers: { host: HOST } }, resolve).end();
  });
  let body = '';
  for await (const part of response) body += part;
  assert.equal(body, 'hello');
  assert.deepEqual({ ...response.trailers }, { 'x-t': '1' });
});

test('answers without a body have none: HEAD, 204, 304', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.on('data', (bytes) => {
      const path = bytes.toString('latin1').split(' ')[1];
      if (path === '/head') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
      if (path === '/204') socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      if (path === '/304') socket.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: "x"\r\n\r\n');
    });
  });
  const { port } = await startRig(t, [origin]);
  const client = open(t, port);
  client.send(`HEAD /head HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  await client.until((text) => text.endsWith('Content-Length: 1000\r\n\r\n'));
  client.send(get('/204'));
  await client.until((text) => text.endsWith('HTTP/1.1 204 No Content\r\n\r\n'));
  client.send(get('/304'));
  await client.until((text) => text.endsWith('ETag: "x"\r\nContent-Length: 7\r\n\r\n'));
  assert.equal(origin.accepted, 2, 'what promised a body is not kept');
});

test('an answer that ends with its connection reaches an HTTP/1.1 client in chunks, and an HTTP/1.0 client as it is', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
  });
  const { port } = await startRig(t, [origin]);
  const modern = await exchange(t, port, getOnce());
  assert.match(modern, /Transfer-Encoding: chunked\r\n/);
  assert.equal(bodyOf(modern), '9\r\nall of it\r\n0\r\n\r\n');
  const old = await exchange(t, port, `GET / HTTP/1.0\r\nHost: ${HOST}\r\nConnection: keep-alive\r\n\r\n`);
  assert.match(old, /Connection: close\r\n/);
  assert.equal(bodyOf(old), 'all of it');
});

test('an HTTP/1.0 client keeps its connection only if it asks to, and never gets chunks', async (t) => {
  const chunked = await rawOrigin(
    t,
    answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
  );
  const { port } = await startRig(t, [chunked]);
  const old = await exchange(t, port, `GET / HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`);
  assert.equal(bodyOf(old), 'ok');
  const { port: other } = await startRig(t, [await rawOrigin(t, answering(OK))]);
  const client = open(t, other).send(`GET / HTTP/1.0\r\nHost: ${HOST}\r\nConnection: Keep-Alive\r\n\r\n`);
  await client.until((text) => text.includes('Connection: keep-alive') && text.endsWith('ok'));
  client.send(`GET / HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`);
  assert.match(await client.end(), /ok.*Connection: close.*ok$/s);
});

test('an expectation is the target to answer: 100 goes through, and so does a refusal', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      if (received.includes('/no ')) socket.write('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n');
      else if (received.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      else if (received.endsWith('hello')) socket.write(OK);
    });
  });
  const { port } = await startRig(t, [origin]);
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
  const client = open(t, port).send(head('/yes'));
  await client.until((text) => text === 'HTTP/1.1 100 Continue\r\n\r\n');
  client.send('hello');
  await client.until((text) => text.endsWith('\r\n\r\nok'));
  const refused = await exchange(t, port, head('/no'));
  assert.equal(statusOf(refused), 417);
  assert.match(refused, /Connection: close/);
});

test('early hints are relayed, but not to HTTP/1.0', async (t) => {
  const hints = `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${OK}`;
  const { port } = await startRig(t, [await rawOrigin(t, answering(hints))]);
  assert.match(await exchange(t, port, getOnce()), /^HTTP\/1.1 103 Early Hints\r\nLink: .*\r\n\r\nHTTP\/1.1 200 /);
  assert.match(await exchange(t, port, `GET / HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`), /^HTTP\/1.1 200 /);
});

test('headers of one connection stay on it, those it names too, both ways', async (t) => {
  const answer =
    'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Inner\r\nKeep-Alive: timeout=5\r\nX-Inner: 1\r\nX-Outer: 2\r\nContent-Length: 0\r\n\r\n';
  let received = '';
  const origin = await rawOrigin(t, (socket) => {
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      socket.write(answer);
    });
  });
  const { port } = await startRig(t, [origin]);
  const lines =
    'Connection: keep-alive, X-Secret, x-forwarded-for, host\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy: http://evil\r\nProxy-Authorization: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n';
  const client = open(t, port).send(get('/', lines));
  await client.until((text) => text.endsWith('\r\n\r\n'));
  assert.doesNotMatch(received, /secret|keep-alive|\nte:|proxy|upgrade|http2|connection/i);
  assert.match(received, /X-Forwarded-For: 127.0.0.1\r\n/);
  assert.match(received, new RegExp(`\nHost: ${HOST}\r\n`));
  assert.doesNotMatch(client.received, /X-Inner|Keep-Alive/i);
  assert.match(client.received, /X-Outer: 2\r\n/);
});

/** Lists as some servers and clients write them, and what they say. */
const LISTS = [
  { list: 'keep-alive,', keeps: true },
  { list: ',', keeps: true },
  { list: '', keeps: true },
  { list: 'x_y', keeps: true },
  { list: ', close', keeps: false },
  { list: 'x.y!,\t, Close ,', keeps: false },
];

test('a list in Connection may have empty elements and any token, in answers', async (t) => {
  for (const { list, keeps } of LISTS) {
    const answer = `HTTP/1.1 200 OK\r\nConnection: ${list}\r\nConnection: ,X-Inner\r\nX-Inner: 1\r\nContent-Length: 2\r\n\r\nok`;
    const origin = await rawOrigin(t, answering(answer));
    const { port } = await startRig(t, [origin]);
    const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';
    for (const _ of [1, 2]) assert.equal(await exchange(t, port, getOnce()), plain, list);
    assert.equal(origin.accepted, keeps ? 1 : 2, list);
  }
});

test('a list in Connection may have empty elements and any token, in requests', async (t) => {
  const { port } = await startRig(t, [await echo(t)]);
  for (const { list, keeps } of LISTS) {
    const client = open(t, port).send(get('/', `Connection: ${list}\r\nConnection: ,X-Inner, Host\r\nX-Inner: 1\r\n`));
    await client.until((text) => text.endsWith('}'));
    const { headers } = asked(client.received);
    assert.deepEqual([headers['x-inner'], headers.host], [undefined, HOST], list);
    assert.equal(client.received.includes('Connection: close\r\n'), !keeps, list);
  }
});

test('what a client says of where it comes from is replaced, whatever the spelling', async (t) => {
  const { port } = await startRig(t, [await echo(t)]);
  const lines = [
    'X-Forwarded-For: 6.6.6.6',
    'x-forwarded-for: 6.6.6.7',
    'X-FORWARDED-PROTO: https',
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Port: 1',
    'X-Forwarded-Prefix: /evil',
    'X-Forwarded-Server: evil',
    'X-Real-IP: 6.6.6.6',
    'Forwarded: for=6.6.6.6',
    'Connection: close, X-Forwarded-For, X-Real-IP',
  ];
  const answer = await exchange(t, port, get('/', `${lines.join('\r\n')}\r\n`));
  assert.doesNotMatch(bodyOf(answer), /6\.6\.6|evil/);
  const { headers } = asked(answer);
  assert.deepEqual(
    [headers['x-forwarded-for'], headers['x-real-ip'], headers['x-forwarded-proto'], headers['x-forwarded-port']],
    ['127.0.0.1', '127.0.0.1', 'http', String(port)],
  );
  assert.equal(headers['x-forwarded-host'], HOST);
});

test('a trusted proxy is believed, and continued', async (t) => {
  const { port, log } = await startRig(t, [await echo(t)], { trustedProxies: ['127.0.0.0/8'] });
  const lines =
    'X-Forwarded-For: 6.6.6.6, 5.5.5.5\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: Shop.example\r\nX-Forwarded-Port: 443\r\nForwarded: for=1\r\n';
  const { headers } = asked(await exchange(t, port, getOnce('/', lines)));
  assert.equal(headers['x-forwarded-for'], '6.6.6.6, 5.5.5.5, 127.0.0.1');
  assert.equal(headers['x-real-ip'], '5.5.5.5');
  assert.equal(headers['x-forwarded-proto'], 'https');
  assert.equal(headers['x-forwarded-host'], 'shop.example');
  assert.equal(headers['x-forwarded-port'], '443');
  assert.equal(headers.forwarded, undefined);
  assert.equal(log[0]?.client, '5.5.5.5');
  const spoof = asked(
    await exchange(t, port, getOnce('/', 'X-Forwarded-For: 6.6.6.6, x"\r\nX-Forwarded-Proto: ftp\r\n')),
  );
  assert.equal(spoof.headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(spoof.headers['x-forwarded-proto'], 'http');
});

test('a request has an id: its own if it is a sound one, else a new one', async (t) => {
  const { port, log } = await startRig(t, [await echo(t)]);
  const id = async (lines: string) => asked(await exchange(t, port, getOnce('/', lines))).headers['x-request-id'];
  assert.equal(await id('X-Request-Id: abc-123\r\n'), 'abc-123');
  const made = await id('');
  assert.match(made, /^[0-9a-f]{12}-\w+$/);
  assert.match(await id(`X-Request-Id: ${'a'.repeat(129)}\r\n`), /^[0-9a-f]{12}-\w+$/);
  assert.match(await id('X-Request-Id: a b\r\n'), /^[0-9a-f]{12}-\w+$/);
  assert.equal(log[1]?.id, made);
});

test('an early answer reaches the client while its upload goes on', async (t) => {
  const origin = await rawOrigin(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig'));
  });
  const { port, proxy } = await startRig(t, [origin]);
  const client = open(t, port).send(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 100000\r\n\r\n`);
  await client.until((text) => text.endsWith('\r\n\r\nbig'));
  assert.match(client.received, /^HTTP\/1.1 413 .*Connection: close\r\n/s);
  await client.end();
  await eventually(() => origin.sockets.size === 0);
  assert.equal(proxy.stats()[0]?.inflight, 0);
});

test('a service has no upgrade but to WebSocket: others go on as plain requests', async (t) => {
  const { port } = await startRig(t, [await echo(t)]);
  const { headers } = asked(await exchange(t, port, get('/', 'Connection: close, Upgrade\r\nUpgrade: h2c\r\n')));
  assert.equal(headers.upgrade, undefined);
});
