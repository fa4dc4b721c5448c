import {
  chmodSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { OrcaError } from '../core/errors.ts';
import { clearAway } from '../telemetry/log-file.ts';
import { FILE, type User } from './config.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Of a unix socket's path, without the zero at its end (unix(7)). */
const LONGEST_SOCKET_PATH = 107;

/**
 * Makes DIR (0711) and DIR/ingress (0700, the user's own) and returns the latter. What was a former user's is handed over.
 * @throws OrcaError `invalid` when the control socket's path would be too long, `unavailable` for a DIR of others
 */
export function prepareDirectory(data: string, user: User | undefined): string {
  const directory = join(data, 'ingress');
  refuseLongPath(join(directory, FILE.socket));
  if (statSync(data, { throwIfNoEntry: false })) takeOver(data);
  else mkdirSync(data, { recursive: true, mode: 0o711 });
  letPass(data);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  if (user) handOver(directory, user);
  return directory;
}

/**
 * A folder that orca did not make keeps its mode, which may be as it is for a reason; it is taken if nobody else can change
 * what is in it.
 * @throws OrcaError `unavailable` if others can
 */
export function takeOver(folder: string): void {
  const { uid, mode } = statSync(folder);
  if (uid !== process.geteuid?.())
    throw ofOthers(folder, uid, mode, `${folder} is another user's`, ', or run as its owner');
  if ((mode & 0o022) !== 0)
    throw ofOthers(folder, uid, mode, 'other users may write to it', `, or take that from them: chmod go-w ${folder}`);
}

const ofOthers = (folder: string, uid: number, mode: number, why: string, way: string): OrcaError =>
  new OrcaError('unavailable', `${folder} cannot be the data folder: ${why}`, {
    cause: new Error(`its owner is ${uid}, its mode 0${(mode & 0o7777).toString(8)}`),
    hint: `name a folder of your own with --data${way}`,
  });

/**
 * The data plane's own user passes through to its folder, and may do nothing else. Where there is no such user, as only
 * root can become one, nobody has to pass.
 */
export function letPass(folder: string): void {
  const { mode } = statSync(folder);
  if (process.geteuid?.() === 0 && (mode & 0o001) === 0) chmodSync(folder, (mode & 0o7777) | 0o001);
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

/**
 * Of a former user: as nobody may be sure what that one put there, files alone are handed over, by their descriptors, and the
 * folder is root's meanwhile. What else lies there is taken away.
 */
function handOver(directory: string, { uid, gid }: User): void {
  if (lstatSync(directory).uid === uid) return;
  lchownSync(directory, 0, 0);
  for (const name of readdirSync(directory)) handOverFile(join(directory, name), uid, gid);
  lchownSync(directory, uid, gid);
}

function handOverFile(path: string, uid: number, gid: number): void {
  const file = openIfOrdinary(path);
  if (file === undefined) {
    clearAway(path);
    return;
  }
  fchownSync(file, uid, gid);
  closeSync(file);
}

/** Undefined for a link, a pipe, a folder, or a file that has another name elsewhere. */
function openIfOrdinary(path: string): number | undefined {
  if (!lstatSync(path).isFile()) return undefined;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const found = fstatSync(file);
  if (found.isFile() && found.nlink === 1) return file;
  closeSync(file);
  return undefined;
}
