import { lstatSync, rmSync, type Stats } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import { LONGEST_SOCKET_PATH } from '../../contract/own-socket.ts';
import { OrcaError } from '../../core/errors.ts';
import { httpServer, type ServerOptions } from './listen.ts';

/** Of everything but reading and writing by its owner. */
const OWNERS_ONLY = 0o177;

/**
 * Serves the API over a unix socket (0600), with the bounds of the one over TCP. What a dead server left there is replaced.
 * Only the server's own user can write to its folder, so nobody else can put a socket in the way.
 *
 * @returns the server, once it listens; with its end the socket is gone
 * @throws OrcaError `invalid` for too long a path, `conflict` where a server answers or something else is, `unavailable`
 */
export async function listenOnSocket(
  handler: RequestListener,
  path: string,
  options: ServerOptions = {},
): Promise<Server> {
  refuseLongPath(path);
  await clearDead(path);
  const server = httpServer(handler, options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(path, cause)));
    bindPrivately(server, path, resolve);
  });
  return server;
}

/** The socket is made within this call, so that its mode is right from its first moment. */
function bindPrivately(server: Server, path: string, listening: () => void): void {
  const before = process.umask(OWNERS_ONLY);
  try {
    server.listen({ path, exclusive: true }, listening);
  } finally {
    process.umask(before);
  }
}

export function refuseLongPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= LONGEST_SOCKET_PATH) return;
  throw new OrcaError(
    'invalid',
    `the path of the API's socket, "${path}", has ${length} bytes, and a socket's may have ${LONGEST_SOCKET_PATH}`,
    { hint: 'choose a shorter --data' },
  );
}

async function clearDead(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw inTheWay(path);
  if (await answers(path)) throw answered(path);
  if (isSame(found, lstatSync(path, { throwIfNoEntry: false }))) rmSync(path, { force: true });
}

/** Another server may have replaced it meanwhile. */
const isSame = (before: Stats, now: Stats | undefined): boolean => now?.ino === before.ino && now.dev === before.dev;

/** Also one whose queue of connections is full: EAGAIN. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

const inTheWay = (path: string): OrcaError =>
  new OrcaError('conflict', `the API cannot listen on ${path}: a file that is not a socket is there`, {
    hint: 'move it away',
  });

const answered = (path: string): OrcaError =>
  new OrcaError('conflict', `another orca server answers on ${path}`, {
    hint: 'stop it with `orca server --stop`, or use another data folder with --data',
  });

const cannotListen = (path: string, cause: NodeJS.ErrnoException): OrcaError =>
  cause.code === 'EADDRINUSE'
    ? answered(path)
    : new OrcaError('unavailable', `the API cannot listen on ${path}: ${cause.code ?? cause.message}`, { cause });
