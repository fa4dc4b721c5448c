import { type ErrorCode, OrcaError } from '../../core/errors.ts';
import type { Fault } from './protocol.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
export const SQLITE = { busy: 5, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const;

/** The primary result code, if the error is SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** SQLite's own words for what went wrong, such as "disk I/O error". */
export const sqliteReason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What SQLite says when the file, not the program, is at fault; other errors pass as they are. */
export function storeError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (error instanceof OrcaError || code === undefined) return error;
  const said = WORDS[code];
  return said === undefined ? error : new OrcaError('unavailable', said[0](path), { cause: error, hint: said[1] });
}

/**
 * While a file is opened, whatever else SQLite says (no such column) is damage too: the statements are known to be right. And
 * a lock is another server's, which is a conflict; later on, in a call, that is only for now.
 */
export function openError(error: unknown, path: string): unknown {
  if (sqliteCode(error) === SQLITE.busy) return inUse(error, path);
  const told = storeError(error, path);
  if (told instanceof OrcaError || sqliteCode(error) === undefined) return told;
  return new OrcaError('unavailable', `the store ${path} is damaged`, { cause: error, hint: RESTORE });
}

const inUse = (cause: unknown, path: string): OrcaError =>
  new OrcaError('conflict', `the store ${path} is in use by another orca server`, {
    cause,
    hint: 'one server at a time uses a store file: stop the other one first, or give this one its own data directory',
  });

export const RESTORE = 'restore it from a backup; orca does not change the file';

const WORDS: Readonly<Record<number, readonly [(path: string) => string, string]>> = {
  [SQLITE.busy]: [
    (path) => `another process holds the store ${path}`,
    'end what has it open; orca goes on by itself then',
  ],
  [SQLITE.readonly]: [
    (path) => `the store ${path} cannot be written`,
    'check the permissions of the file and its directory',
  ],
  [SQLITE.cantopen]: [
    (path) => `the store ${path} cannot be opened`,
    'check that its directory exists and its permissions',
  ],
  [SQLITE.ioerr]: [(path) => `the disk failed under the store ${path}`, 'look at the kernel log (dmesg) for the disk'],
  [SQLITE.full]: [
    (path) => `no space is left for the store ${path}`,
    'free space on its disk; orca goes on by itself then',
  ],
  [SQLITE.corrupt]: [
    (path) => `the store ${path} is damaged`,
    'restore it from a backup; orca does not change the file',
  ],
  [SQLITE.notadb]: [
    (path) => `the store ${path} is not an orca store, or damaged`,
    'restore it from a backup, or move the file away to begin with an empty store',
  ],
};

export function toFault(error: unknown): Fault {
  if (error instanceof OrcaError) {
    const { code, message, hint, details } = error;
    return { code, message: withCause(message, error.cause), hint, details };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { message, stack };
}

export function fromFault({ code, message, hint, details, stack }: Fault): Error {
  if (code !== undefined) return new OrcaError(code satisfies ErrorCode, message, { hint, details });
  const bug = new Error(message);
  if (stack !== undefined) bug.stack = stack;
  return bug;
}

const withCause = (message: string, cause: unknown): string =>
  sqliteCode(cause) === undefined ? message : `${message} (SQLite: ${sqliteReason(cause)})`;
