import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { createFrames, framed } from './frames.ts';
import type { Resolver } from './resolver.ts';

/** Connections open at once, of all askers and of one; a client needs one, for moments. */
const MOST_CONNECTIONS = 500;
const MOST_OF_ONE = 20;
/** Questions of one connection that are not answered yet. */
const MOST_ASKED = 32;
/** Bytes of answers that a connection has not taken yet: who asks on without reading is let go. */
const MOST_UNREAD = 256 * 1024;
const IDLE = 10_000;

/** Answers datagrams on a socket that was handed down. */
export function serveUdp(fd: number, resolver: Pick<Resolver, 'ask'>): void {
  const socket = createSocket('udp4');
  answerDatagrams(socket, resolver);
  socket.bind({ fd });
}

/** Answers what comes to a socket. */
export function answerDatagrams(socket: UdpSocket, resolver: Pick<Resolver, 'ask'>): void {
  socket.on('message', async (bytes, { address, port }) => {
    if (port === 0) return; // Who has raw sockets can ask from there; nobody can be answered there.
    const answer = await resolver.ask(bytes, { address, over: 'udp' });
    if (answer) socket.send(answer, port, address, () => {});
  });
}

/** Answers connections on a listening socket that was handed down. */
export function serveTcp(fd: number, resolver: Pick<Resolver, 'ask'>): Server {
  const open = new Map<string, number>();
  const server = createServer({ noDelay: true }, (socket) => {
    const address = socket.remoteAddress ?? '';
    const mine = (open.get(address) ?? 0) + 1;
    if (mine > MOST_OF_ONE) return void socket.destroy();
    open.set(address, mine);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    answerConnection(socket, address, resolver);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen({ fd });
  return server;
}

/** Answers what comes over a connection. */
export function answerConnection(socket: Socket, address: string, resolver: Pick<Resolver, 'ask'>): void {
  const frames = createFrames();
  let asked = 0;
  socket.setTimeout(IDLE, () => socket.destroy());
  socket.on('error', () => {});
  socket.on('data', async (chunk) => {
    const questions = frames.push(chunk);
    asked += questions.length;
    if (asked > MOST_ASKED) return void socket.destroy();
    for (const bytes of questions) {
      const answer = await resolver.ask(bytes, { address, over: 'tcp' });
      asked -= 1;
      if (answer === undefined || socket.writableLength > MOST_UNREAD) return void socket.destroy();
      if (socket.writable) socket.write(framed(answer));
    }
  });
}
