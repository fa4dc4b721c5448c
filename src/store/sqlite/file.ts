import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { OrcaError } from '../../core/errors.ts';
import { createFile } from './create.ts';
import { openError } from './fault.ts';
import { migrateFile } from './migrate.ts';
import { APPLICATION_ID, SCHEMA } from './schema.ts';
import { refuseUnsound, verify } from './verify.ts';

/**
 * Opens the store's file for this process alone, or creates it if there is none. What cannot be read whole is refused
 * with `unavailable` and stays as it is. Nothing else in this process may open the file, not even to read it: closing any
 * descriptor of it drops SQLite's lock (POSIX locks belong to the process).
 */
export function openFile(path: string): DatabaseSync {
  try {
    if (!existsSync(path)) createFile(path);
    if (statSync(path).size === 0) throw notAStore(path, 'it is empty');
    return openExclusively(path);
  } catch (error) {
    throw openError(error, path);
  }
}

/** In exclusive mode SQLite keeps its lock until closed: a second server is refused, and no shared memory is needed. */
function openExclusively(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON');
    const schema = knownSchema(db, path);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = ${LOG_BYTES}; BEGIN IMMEDIATE; COMMIT`);
    if (schema < SCHEMA) refuseUnsound(db, path);
    migrateFile(db, path, schema);
    verify(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** How long to wait for a server that is just ending, in ms. */
const BUSY_TIMEOUT = 500;
/** What the log is cut back to after a checkpoint. */
const LOG_BYTES = 64 * 1024 * 1024;

function knownSchema(db: DatabaseSync, path: string): number {
  if (pragma(db, 'application_id') !== APPLICATION_ID) throw notAStore(path, 'another program wrote it');
  const schema = pragma(db, 'user_version');
  if (schema >= 1 && schema <= SCHEMA) return schema;
  throw new OrcaError('unavailable', `the store ${path} has schema ${schema}, this orca knows 1 to ${SCHEMA}`, {
    hint: 'a newer orca wrote it: start that version, or restore a backup made before the upgrade',
  });
}

const pragma = (db: DatabaseSync, name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);

const notAStore = (path: string, reason: string) =>
  new OrcaError('unavailable', `the store ${path} is not an orca store: ${reason}`, {
    hint: 'restore it from a backup, or move the file away to begin with an empty store',
  });

/** The size of the database and its log. */
export const fileBytes = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

/** Says which file the name leads to, to notice one that was replaced; undefined if there is none. */
export function fileIdentity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
