import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
const APPEND = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;

export interface LogFile {
  readonly file: number;
  /** What lay there and was taken away, as a sentence. */
  readonly found: string | undefined;
}

/**
 * Opens a log for appending, and makes it where it is not. Nothing is written through a link, to a pipe or a device, nor to a
 * file that has another name elsewhere: what lies there in its place is taken away, a folder with something in it put aside.
 */
export function openLogFile(path: string, mode: number): LogFile {
  const opened = openOrdinary(path, mode);
  if (typeof opened === 'number') return { file: opened, found: undefined };
  const found = `${path} was ${opened}: it was ${clearAway(path)}`;
  const again = openOrdinary(path, mode);
  if (typeof again === 'number') return { file: again, found };
  throw new Error(`${path} is ${again}`);
}

/** Takes away what lies at `path`, never what it leads to. Says what became of it. */
export function clearAway(path: string): string {
  try {
    unlinkSync(path);
    return 'removed';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'removed';
    if (codeOf(error) !== 'EISDIR') throw error;
  }
  try {
    rmdirSync(path);
    return 'removed';
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY') throw error;
  }
  const aside = `${path}.aside-${randomBytes(4).toString('hex')}`;
  renameSync(path, aside);
  return `put aside as ${aside}`;
}

/** The descriptor; or in words what is there instead. */
function openOrdinary(path: string, mode: number): number | string {
  let file: number;
  try {
    file = openSync(path, APPEND, mode);
  } catch (error) {
    const what = INSTEAD[codeOf(error)];
    if (what === undefined) throw error;
    return what;
  }
  const found = fstatSync(file);
  if (found.isFile() && found.nlink === 1) return file;
  closeSync(file);
  return found.isFile() ? 'a file with another name elsewhere' : 'no regular file';
}

const INSTEAD: Readonly<Record<string, string>> = {
  EISDIR: 'a folder',
  ELOOP: 'a symbolic link',
  ENXIO: 'a pipe or a socket',
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
