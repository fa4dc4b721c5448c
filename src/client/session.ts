import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { createWebSocketStream, WebSocket } from 'ws';
import { CLOSE, FRAME, frame, jsonFrame, jsonOf, SESSION_PROTOCOL, type SessionExit } from '../contract/session.ts';
import { OrcaError } from '../core/errors.ts';
import { refuseErrors } from './body.ts';
import type { Call } from './call.ts';
import { type ConnectionOptions, headersOf, socketOf, urlOf } from './connection.ts';
import { connectionError, notOrca } from './faults.ts';

/** A process in a container, at the other end of a session. */
export interface RemoteProcess {
  /** What it writes, in order; nothing is read ahead. Ends with it. */
  readonly output: AsyncIterable<{ readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }>;
  /** To its stdin; resolves when more can be written, and when it has ended. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(size: { readonly rows: number; readonly cols: number }): void;
  /** @param name such as `SIGINT` */
  signal(name: string): void;
  /** How it ended; to be asked once the output has. @throws OrcaError `timeout` where the connection was lost before it was told */
  exit(): SessionExit;
  /** Leaves; the server ends the process. */
  leave(): void;
}

/** What the API takes in one message, less than that; bytes. */
const PIECE = 64 * 1024;
/** To pull an image, make a container, start a process: the answer comes when it runs. Ms. */
const PATIENCE = 15 * 60_000;

/**
 * Opens a session, over TCP or the unix socket alike.
 *
 * @throws OrcaError as any call does
 */
export async function openSession(options: ConnectionOptions, call: Call): Promise<RemoteProcess> {
  options.signal?.throwIfAborted();
  const socket = open(options, call);
  const process = remoteProcess(socket, options.api); // now: the first messages may come with the answer's head
  const onAbort = () => socket.terminate();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await opened(socket, options, call);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
  return process;
}

function open(options: ConnectionOptions, call: Call): WebSocket {
  const { accept: _, ...headers } = headersOf(options, call) as Record<string, string>;
  const { socketPath } = socketOf(options);
  return new WebSocket(urlOf(options.api, call), [SESSION_PROTOCOL], {
    headers,
    perMessageDeflate: false,
    handshakeTimeout: PATIENCE,
    ...(socketPath === undefined ? {} : { createConnection: (() => connect(socketPath)) as typeof connect }),
  });
}

/** Until it is a WebSocket; what refused it says why, as to any call. */
async function opened(socket: WebSocket, { api, signal }: ConnectionOptions, call: Call): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_, answer: IncomingMessage) => {
      refuseErrors(answer, { api, signal, call })
        .then(() => Promise.reject(notOrca(api)))
        .catch(reject)
        .finally(() => answer.destroy());
    });
    socket.on('error', (error) => reject(signal?.aborted ? signal.reason : connectionError(api, call, error)));
  });
}

function remoteProcess(socket: WebSocket, api: string): RemoteProcess {
  const stream = createWebSocketStream(socket, { readableObjectMode: true, readableHighWaterMark: 1 });
  stream.on('error', () => undefined); // it ends with a close, too
  let exit: SessionExit | undefined;
  let closed: { readonly code: number; readonly reason: string } | undefined;
  const ended = new Promise<void>((resolve) => {
    socket.once('close', (code, reason) => {
      closed = { code, reason: String(reason) };
      resolve();
    });
  });
  const send = (message: Uint8Array): boolean => closed !== undefined || exit !== undefined || stream.write(message);

  async function* output(): AsyncGenerator<{ stream: 'stdout' | 'stderr'; bytes: Uint8Array }> {
    for await (const message of stream.iterator({ destroyOnReturn: false })) {
      const bytes = message as Uint8Array;
      if (bytes[0] === FRAME.exit) exit = jsonOf(bytes) as SessionExit;
      const name = NAMES[bytes[0] ?? -1];
      if (name) yield { stream: name, bytes: bytes.subarray(1) };
    }
    await ended;
  }

  return {
    output: untilLost(output()),
    write: async (bytes) => {
      for (let at = 0; at < bytes.length; at += PIECE) {
        if (send(frame(FRAME.stdin, bytes.subarray(at, at + PIECE)))) continue;
        await Promise.race([ended, new Promise((resolve) => stream.once('drain', resolve))]);
      }
    },
    endInput: () => void send(new Uint8Array([FRAME.endOfStdin])),
    resize: (size) => void send(jsonFrame(FRAME.resize, size)),
    signal: (name) => void send(jsonFrame(FRAME.signal, { signal: name })),
    exit: () => {
      if (exit) return exit;
      throw lost(api, closed?.code === CLOSE.serverStops ? 'the server stops' : closed?.reason);
    },
    leave: () => socket.terminate(),
  };
}

const NAMES: Readonly<Record<number, 'stdout' | 'stderr'>> = { [FRAME.stdout]: 'stdout', [FRAME.stderr]: 'stderr' };

/** A connection that breaks ends the output; `exit` says what is known. */
async function* untilLost<T>(output: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* output;
  } catch {
    return;
  }
}

const lost = (api: string, why = ''): OrcaError =>
  new OrcaError('timeout', `the connection to ${api} was lost${why === '' ? '' : `: ${why}`}`, {
    hint: 'the server ends a command whose client has gone; what it did until then is done',
    details: { lost: true },
  });
