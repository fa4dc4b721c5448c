import { closeSync, fstatSync, ftruncateSync, lstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { clearAway, openLogFile } from '../log-file.ts';

/** A log of whole lines, kept below a size: `path` becomes `path.1`, that `path.2`, and the oldest goes. */
export interface RotatedFile {
  /** A line without its end; in the file before this returns. @throws if it cannot be written: then no part of it is there */
  append(line: string): void;
  /** The present file first, open, each to be closed; none is left out for a rotation meanwhile. */
  open(): readonly number[];
  close(): void;
}

interface Options {
  readonly path: string;
  readonly mode: number;
  /** Bytes. */
  readonly limit: number;
  /** Files in all. */
  readonly files: number;
}

interface Open {
  readonly file: number;
  readonly ino: number;
  readonly dev: number;
}

export function createRotatedFile({ path, mode, limit, files }: Options): RotatedFile {
  let open: Open | undefined;

  const close = (): void => {
    if (open) closeSync(open.file);
    open = undefined;
  };

  const reopen = (): number => {
    close();
    const { file } = openLogFile(path, mode);
    const { ino, dev } = fstatSync(file);
    open = { file, ino, dev };
    endTornLine(file, path);
    return fstatSync(file).size;
  };

  /** The size of the file at `path`, which is open then, also after somebody moved the one that was there. */
  const current = (): number => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return open && found?.ino === open.ino && found.dev === open.dev ? found.size : reopen();
  };

  /** Before a line that would be too much. @returns the size of the file that is open then */
  const makeRoom = (bytes: number): number => {
    const size = current();
    if (size === 0 || size + bytes <= limit) return size;
    for (let n = files - 2; n >= 0; n -= 1) moveUp(nth(path, n), nth(path, n + 1));
    return reopen();
  };

  return {
    append(line) {
      const bytes = Buffer.from(`${line}\n`);
      const size = makeRoom(bytes.length);
      if (open) appendWhole(open.file, bytes, size);
    },
    open: () =>
      Array.from({ length: files }, (_, n) => openIfThere(nth(path, n))).filter((found) => found !== undefined),
    close,
  };
}

/** A full disk may take half a line: then that goes, too. */
function appendWhole(file: number, bytes: Buffer, size: number): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  } catch (error) {
    ftruncateSync(file, size);
    throw error;
  }
}

const nth = (path: string, n: number): string => (n === 0 ? path : `${path}.${n}`);

function moveUp(from: string, to: string): void {
  if (lstatSync(from, { throwIfNoEntry: false }) === undefined) return;
  clearAway(to); // Also what is no file, and could not be renamed onto.
  renameSync(from, to);
}

/** What a power cut left half written gets an end: the next line begins on its own. */
function endTornLine(file: number, path: string): void {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  const reader = size === 0 ? undefined : openIfThere(path);
  if (reader === undefined) return;
  try {
    readSync(reader, last, 0, 1, size - 1);
  } finally {
    closeSync(reader);
  }
  if (last[0] !== 10) writeSync(file, '\n');
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
