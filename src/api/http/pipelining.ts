import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests sent ahead of their turn on one connection. What one read of a socket brings cannot be left unread. */
export const MAX_AHEAD = 32;

/**
 * Answers the requests of a connection one after the other: answers travel in order anyway (RFC 9112, section 9.3.2). While
 * one waits for its turn, its connection is not read; one that brings more than `MAX_AHEAD` at once is closed. To pipeline
 * takes no token, and a read of 64 KiB holds thousands of requests.
 *
 * @returns whether an answer is under way on a connection
 */
export function inTurn(server: Server, handler: RequestListener): (socket: Socket) => boolean {
  const turns = new WeakMap<Socket, Turn>();
  server.on('connection', (socket: Socket) => turns.set(socket, createTurn(socket, handler)));
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    turns.get(request.socket)?.take(request, response),
  );
  return (socket) => turns.get(socket)?.isBusy() === true;
}

interface Turn {
  take(...exchange: Exchange): void;
  isBusy(): boolean;
}

type Exchange = readonly [IncomingMessage, ServerResponse];

function createTurn(socket: Socket, handler: RequestListener): Turn {
  const waiting: Exchange[] = [];
  let busy = false;

  /** Node resumes a socket of its own accord, when a body is read and when an answer has ended. */
  const keepShut = () => {
    if (waiting.length > 0) socket.pause();
  };

  function begin([request, response]: Exchange): void {
    busy = true;
    response.once('finish', next); // one that breaks off takes its connection with it
    handler(request, response);
  }

  function next(): void {
    busy = false;
    const exchange = socket.writable ? waiting.shift() : undefined;
    if (!exchange) return;
    if (waiting.length === 0) socket.resume();
    begin(exchange);
  }

  socket.on('resume', keepShut).once('close', () => waiting.splice(0));
  return {
    isBusy: () => busy,
    take(...exchange) {
      if (socket.destroyed) return;
      if (!busy) return begin(exchange);
      waiting.push(exchange);
      if (waiting.length > MAX_AHEAD) socket.destroy();
      else keepShut();
    },
  };
}
