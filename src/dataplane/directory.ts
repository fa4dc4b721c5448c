import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OrcaError } from '../core/errors.ts';
import { FILE, type User } from './config.ts';

/** Of a unix socket's path, without the zero at its end (unix(7)). */
const LONGEST_SOCKET_PATH = 107;

/**
 * Makes DIR (0711) and DIR/ingress (0700, the user's own) and returns the latter. Files of a former user are handed over.
 * @throws OrcaError `invalid` when the control socket's path would be too long
 */
export function prepareDirectory(data: string, user: User | undefined): string {
  const directory = join(data, 'ingress');
  refuseLongPath(join(directory, FILE.socket));
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  chmodSync(data, 0o711);
  chmodSync(directory, 0o700);
  if (user) handOver(directory, user);
  return directory;
}

function refuseLongPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= LONGEST_SOCKET_PATH) return;
  throw new OrcaError(
    'invalid',
    `the path of the control socket, "${path}", has ${length} bytes, and a socket's may have ${LONGEST_SOCKET_PATH}`,
    { hint: 'choose a shorter --data' },
  );
}

function handOver(directory: string, { uid, gid }: User): void {
  if (lstatSync(directory).uid === uid) return;
  for (const name of readdirSync(directory)) lchownSync(join(directory, name), uid, gid);
  lchownSync(directory, uid, gid);
}
