import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OWN_SOCKET } from '../src/contract/own-socket.ts';
import type { Environment } from './environment.ts';

/**
 * The socket of the server on this machine: in the data folder that is named; else in the first of the usual ones that has
 * one; else where a server of this user would have it.
 */
export function ownSocket(
  directory: string | undefined,
  { home, root, cwd }: Pick<Environment, 'home' | 'root' | 'cwd'>,
): string {
  if (directory !== undefined) return join(resolve(cwd, directory), OWN_SOCKET);
  const own = join(home, '.local', 'share', 'orca', OWN_SOCKET);
  const system = join('/var/lib/orca', OWN_SOCKET);
  const [first, second] = root ? [system, own] : [own, system];
  return !isThere(first) && isThere(second) ? second : first;
}

/** What may not be looked at is there: the attempt to open it says why it cannot be used. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
