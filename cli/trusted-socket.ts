import { constants, fstatSync, lstatSync, openSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { socketError } from '../src/client/faults.ts';
import { OrcaError } from '../src/core/errors.ts';

/** open(2): to hold a folder that one may pass through and not read. Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * Looks who could have put the socket there, before anything is said to it: secrets of a manifest go over it. Socket and
 * folder are root's or this user's, and no other user may write to the folder. It is held open and gone through from then on:
 * whoever may rename what lies above it can put nothing in its place.
 *
 * @param path absolute; its links are followed
 * @returns the path to connect to, for as long as this process runs. However long `path` is, it is a short one.
 * @throws OrcaError `forbidden`; `unavailable` where there is none
 */
export function trustedSocket(path: string, uid = process.geteuid?.() ?? -1): string {
  const { folder, socket } = hold(path);
  const asked = { path, uid };
  requireOwn(folder.stats, asked, folder.path);
  if ((folder.stats.mode & 0o022) !== 0) throw unsafe(path, folder.path);
  if (!socket.stats.isSocket()) throw new OrcaError('forbidden', `${path} is not a socket`, { hint: OTHER });
  requireOwn(socket.stats, asked);
  return socket.path;
}

interface Found {
  readonly path: string;
  readonly stats: Stats;
}

function hold(path: string): { readonly folder: Found; readonly socket: Found } {
  try {
    const real = realpathSync(path);
    const held = openSync(dirname(real), O_PATH | constants.O_DIRECTORY);
    const through = join(`/proc/self/fd/${held}`, basename(real));
    return {
      folder: { path: dirname(real), stats: fstatSync(held) },
      socket: { path: through, stats: lstatSync(through) },
    };
  } catch (error) {
    throw socketError(path, (error as NodeJS.ErrnoException).code ?? '', error);
  }
}

function requireOwn(stats: Stats, { path, uid }: { readonly path: string; readonly uid: number }, folder?: string) {
  if (stats.uid === uid || stats.uid === 0) return;
  throw new OrcaError(
    'forbidden',
    folder === undefined
      ? `the socket ${path} belongs to another user (uid ${stats.uid})`
      : `the socket ${path} is not used: its folder ${folder} belongs to another user (uid ${stats.uid})`,
    { hint: 'run as that user, or set ORCA_API and ORCA_TOKEN' },
  );
}

const OTHER = 'name the data folder of your server with --data, or set ORCA_API and ORCA_TOKEN';

const unsafe = (path: string, folder: string): OrcaError =>
  new OrcaError('forbidden', `the socket ${path} is not used: other users can write to its folder ${folder}`, {
    hint: `run \`chmod go-w ${folder}\`, or set ORCA_API and ORCA_TOKEN`,
  });
