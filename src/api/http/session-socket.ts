import { once } from 'node:events';
import { createWebSocketStream, type WebSocket } from 'ws';
import { CLOSE } from '../../contract/session.ts';

/** A WebSocket as a session needs it: binary messages both ways, no faster than they are taken. */
export interface SessionSocket {
  /** Messages, none read ahead. Ends when the client has gone. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Resolves when more can be sent, and when the client has gone. */
  send(message: Uint8Array): Promise<void>;
  /** Says goodbye, after all that was sent; resolves when the connection has ended. */
  close(code: number, reason: string): Promise<void>;
  /** Aborts when the connection has ended, whoever ended it. */
  readonly gone: AbortSignal;
}

/** Pings find a client that is away without a word, and keep proxies from forgetting a silent connection. Ms. */
export interface Pings {
  readonly every: number;
  /** While it is not read. */
  readonly pausedEvery: number;
  /** Then it is taken for gone. */
  readonly silentFor: number;
}

const PINGS: Pings = { every: 20_000, pausedEvery: 2_000, silentFor: 60_000 };

export function sessionSocket(socket: WebSocket, pings = PINGS): SessionSocket {
  const stream = createWebSocketStream(socket, { readableObjectMode: true, readableHighWaterMark: 1 });
  const gone = new AbortController();
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  for (const one of [stream, socket]) one.on('error', () => undefined); // it ends with a close, too
  socket.once('close', () => gone.abort());
  keepAlive(socket, gone.signal, pings);

  async function* messages(): AsyncGenerator<Uint8Array> {
    try {
      for await (const message of stream.iterator({ destroyOnReturn: false })) {
        if (typeof message !== 'string') yield message as Uint8Array;
        else return void socket.close(CLOSE.badMessage, 'messages are binary here');
      }
    } catch {
      socket.terminate();
    }
  }

  let sent: Promise<unknown> = Promise.resolve();

  return {
    messages: messages(),
    gone: gone.signal,
    send: async (message) => {
      if (gone.signal.aborted || stream.writableEnded) return;
      const { promise, resolve } = Promise.withResolvers<unknown>();
      sent = promise;
      if (stream.write(message, resolve)) return;
      await Promise.race([once(stream, 'drain'), ended]).catch(() => undefined);
    },
    close: async (code, reason) => {
      await Promise.race([sent, ended]); // a close goes past what still waits in the stream
      if (socket.isPaused) socket.resume(); // its answer is a message, too
      stream.resume();
      socket.close(code, reason);
      await ended;
    },
  };
}

/** One that is not read, as its process does not read, cannot be heard: its next ping fails if nobody is there. */
function keepAlive(socket: WebSocket, gone: AbortSignal, { every, pausedEvery, silentFor }: Pings): void {
  let [heardAt, pingedAt] = [performance.now(), performance.now()];
  const heard = () => {
    heardAt = performance.now();
  };
  const timer = setInterval(() => {
    const now = performance.now();
    if (socket.isPaused) heard();
    if (now - heardAt > silentFor) return socket.terminate();
    if (!socket.isPaused && now - pingedAt < every) return;
    pingedAt = now;
    socket.ping();
  }, pausedEvery);
  socket.on('pong', heard).on('message', heard);
  gone.addEventListener('abort', () => clearInterval(timer), { once: true });
}
