// A service as users write them, with faults to order. All behaviour comes from the environment:
//   VERSION, PORT (8080), LISTEN_PORT (listens there instead), START_DELAY_MS, SHUTDOWN_MS (1000),
//   SLOW_MS (plain requests take a random 0..N ms), EXIT_AT_START (code), EXIT_AFTER_MS with EXIT_CODE (1),
//   NEVER_READY (health answers 503), ONLY_HOST (others are answered 400), FAIL_AFTER_REQUESTS (then 500 on everything).
// Paths: / /healthz /slow?ms= /echo (POST) /sse /ws (echo) /crash /mem.
// On SIGTERM: no new connections, sockets get a close frame, event streams end, open requests are answered; then it exits.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

const env = process.env;
const number = (name, fallback) => (env[name] === undefined || env[name] === '' ? fallback : Number(env[name]));
const version = env.VERSION ?? '0';
let requests = 0;
let stopping = false;
const streams = new Set();

console.log(`version ${version} starts`);
if (env.EXIT_AT_START !== undefined) {
  console.error(`refusing to start: exit code ${env.EXIT_AT_START}`);
  process.exit(Number(env.EXIT_AT_START));
}
await delay(number('START_DELAY_MS', 0));
if (env.EXIT_AFTER_MS !== undefined) {
  setTimeout(() => {
    console.error('giving up as told');
    process.exit(number('EXIT_CODE', 1));
  }, Number(env.EXIT_AFTER_MS));
}

const server = createServer(async (request, response) => {
  response.setHeader('X-Version', version);
  response.setHeader('X-Task', hostname());
  if (stopping) response.setHeader('Connection', 'close');
  const url = new URL(request.url ?? '/', 'http://app');
  if (url.pathname !== '/healthz') requests += 1;
  if (isForeign(request)) return answer(response, 400, `not a host of mine: ${request.headers.host}\n`);
  if (isBroken()) return answer(response, 500, 'broken as told\n');
  const handle = handlers[url.pathname] ?? plain;
  try {
    await handle(request, response, url);
  } catch (error) {
    response.destroy(error);
  }
});

const isForeign = ({ headers }) => env.ONLY_HOST !== undefined && headers.host !== env.ONLY_HOST;

const isBroken = () => requests > number('FAIL_AFTER_REQUESTS', Number.POSITIVE_INFINITY);

const answer = (response, status, body) => response.writeHead(status, { 'Content-Type': 'text/plain' }).end(body);

const plain = async (request, response) => {
  const limit = number('SLOW_MS', 0);
  if (limit > 0) await delay(Math.random() * limit);
  const body = await read(request);
  answer(response, 200, `${version} ${request.method} ${request.url} ${body.length}\n`);
};

const handlers = {
  '/healthz': (_request, response) =>
    env.NEVER_READY === undefined ? answer(response, 200, 'ok\n') : answer(response, 503, 'never ready as told\n'),
  '/slow': async (_request, response, url) => {
    await delay(Number(url.searchParams.get('ms') ?? 1000));
    answer(response, 200, `${version}\n`);
  },
  '/echo': async (request, response) => {
    const body = await read(request);
    response.setHeader('X-Sha256', createHash('sha256').update(body).digest('hex'));
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': body.length }).end(body);
  },
  '/sse': (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    let count = 0;
    const send = () => response.write(`id: ${count}\ndata: ${version} ${count++}\n\n`);
    send();
    const timer = setInterval(send, 100);
    streams.add(response);
    response.on('close', () => {
      clearInterval(timer);
      streams.delete(response);
    });
  },
  '/crash': () => {
    console.error('crashing as told');
    process.exit(number('EXIT_CODE', 1));
  },
  '/mem': (_request, response) => answer(response, 200, `${process.memoryUsage().rss}\n`),
};

const read = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

// Each message comes back as {seq, version, text}: seq counts the messages of this socket from 1. What comes after SIGTERM
// does not; how many came back stands in the close frame.
const sockets = new WebSocketServer({ server, path: '/ws' });
const echoed = new WeakMap();
sockets.on('connection', (socket) => {
  echoed.set(socket, 0);
  socket.on('error', () => socket.terminate());
  socket.on('message', (data) => {
    if (socket.readyState !== socket.OPEN) return;
    const seq = echoed.get(socket) + 1;
    echoed.set(socket, seq);
    socket.send(JSON.stringify({ seq, version, text: data.toString() }));
  });
});

const stop = async () => {
  if (stopping) return;
  stopping = true;
  console.log('SIGTERM: finishing');
  server.close();
  server.closeIdleConnections();
  for (const socket of sockets.clients) socket.close(1001, `echoed ${echoed.get(socket)}`);
  for (const stream of streams) stream.end();
  await delay(number('SHUTDOWN_MS', 1000));
  console.log('bye');
  process.exit(0);
};
process.on('SIGTERM', stop);

const port = number('LISTEN_PORT', number('PORT', 8080));
server.keepAliveTimeout = 60_000;
server.listen(port, '0.0.0.0', 4096, () => console.log(`version ${version} listens on ${port}`));
