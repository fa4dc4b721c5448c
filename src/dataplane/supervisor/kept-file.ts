import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { clearAway } from '../../telemetry/log-file.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** The newest of something, on disk, for its owner only: a line with the SHA-256 of the rest, then that as JSON. */
export interface KeptFile<T> {
  /** Undefined if there is none; a sentence if there is one that cannot be used. */
  read(): T | undefined | string;
  /** Durable once resolved. Of what is saved while something is being written only the last is. */
  save(value: T): Promise<void>;
}

interface Options<T> {
  readonly path: string;
  /** What is kept, as a sentence begins. */
  readonly what: string;
  /** Undefined for what another version wrote. */
  readonly from: (written: unknown) => T | undefined;
  readonly to: (value: T) => unknown;
}

export function createKeptFile<T>({ path, what, from, to }: Options<T>): KeptFile<T> {
  let next: { readonly value: T } | undefined;
  let writing: Promise<void> | undefined;

  const writeAll = async (): Promise<void> => {
    try {
      while (next) {
        const { value } = next;
        next = undefined;
        await replace(path, JSON.stringify(to(value)));
      }
    } finally {
      writing = undefined;
    }
  };

  return {
    read() {
      const found = readBody(path, what);
      if (found === undefined || 'problem' in found) return found?.problem;
      return from(JSON.parse(found.body)) ?? `${what} was written by another version of the data plane`;
    },
    save(value) {
      next = { value };
      writing ??= writeAll();
      return writing;
    },
  };
}

function readBody(path: string, what: string): { readonly body: string } | { readonly problem: string } | undefined {
  let text: string | undefined;
  try {
    text = readOrdinary(path);
    if (text === undefined) return { problem: `${what} is no regular file: it was ${clearAway(path)}` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP' || code === 'ENXIO')
      return { problem: `${what} is no regular file: it was ${clearAway(path)}` };
    return { problem: `${what} cannot be read: ${(error as Error).message}` };
  }
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (text.slice(0, Math.max(0, end)) === checksum(body)) return { body };
  return { problem: `${what} is damaged: its checksum does not fit` };
}

/** Undefined for what is no regular file; a pipe would be waited for. */
function readOrdinary(path: string): string | undefined {
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return fstatSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

async function replace(path: string, body: string): Promise<void> {
  const temporary = `${path}.new`;
  clearAway(temporary);
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(`${checksum(body)}\n${body}`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

const checksum = (body: string): string => createHash('sha256').update(body).digest('hex');
