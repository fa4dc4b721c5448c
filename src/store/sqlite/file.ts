import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OrcaError } from '../../core/errors.ts';
import { storeError } from './fault.ts';
import { APPLICATION_ID, CREATE, SCHEMA } from './schema.ts';

/**
 * Opens the store's file for this process alone, or creates it if there is none. What cannot be read whole is refused
 * with `unavailable` and stays as it is.
 */
export function openFile(path: string): DatabaseSync {
  try {
    if (!existsSync(path)) createFile(path);
    if (statSync(path).size === 0) throw notAStore(path, 'it is empty');
    return openExclusively(path);
  } catch (error) {
    throw storeError(error, path);
  }
}

/**
 * Made under another name and linked when complete, so that a kill leaves the whole store or none, and two servers that
 * start at once make one.
 */
function createFile(path: string): void {
  refuseOrphanedLog(path);
  const draft = `${path}.new-${randomBytes(6).toString('hex')}`;
  try {
    closeSync(openSync(draft, 'wx', 0o600));
    const db = new DatabaseSync(draft);
    db.exec(`PRAGMA synchronous = FULL; BEGIN; ${CREATE}`);
    const insert = db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
    for (const [name, value] of initialMeta()) insert.run(name, value);
    db.exec('COMMIT');
    db.close();
    linkIfAbsent(draft, path);
  } catch (cause) {
    throw storeError(cause, path) instanceof OrcaError ? storeError(cause, path) : cannotCreate(path, cause);
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dirname(path));
}

const initialMeta = (): readonly (readonly [string, string])[] => [
  ['epoch', randomUUID()],
  ['revision', '0'],
  ['compacted', '0'],
];

/** SQLite would replay an old log into the new file. */
function refuseOrphanedLog(path: string): void {
  if (!existsSync(`${path}-wal`)) return;
  throw new OrcaError('unavailable', `the store ${path} is missing, but its log ${path}-wal is there`, {
    hint: 'put the file back beside its log, or move the log away to begin with an empty store',
  });
}

function linkIfAbsent(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** In exclusive mode SQLite keeps its lock until closed: a second server is refused, and no shared memory is needed. */
function openExclusively(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 500 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL');
    refuseForeign(db, path);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864; BEGIN IMMEDIATE; COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function refuseForeign(db: DatabaseSync, path: string): void {
  if (pragma(db, 'application_id') !== APPLICATION_ID) throw notAStore(path, 'another program wrote it');
  const schema = pragma(db, 'user_version');
  if (schema <= SCHEMA) return;
  throw new OrcaError('unavailable', `the store ${path} has schema ${schema}, this orca knows up to ${SCHEMA}`, {
    hint: 'a newer orca wrote it: start that version, or restore a backup made before the upgrade',
  });
}

/** The size of the database and its log. The files are never opened for this: closing them would drop SQLite's lock. */
export const fileBytes = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

export const pragma = (db: DatabaseSync, name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);

const notAStore = (path: string, reason: string) =>
  new OrcaError('unavailable', `the store ${path} is not an orca store: ${reason}`, {
    hint: 'restore it from a backup, or move the file away to begin with an empty store',
  });

const cannotCreate = (path: string, cause: unknown) =>
  new OrcaError('unavailable', `the store ${path} cannot be created: ${(cause as Error).message}`, {
    cause,
    hint: 'check that its directory exists and can be written',
  });
