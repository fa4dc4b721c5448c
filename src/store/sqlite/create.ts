import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, existsSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OrcaError } from '../../core/errors.ts';
import { migrate } from './migrate.ts';
import { FIRST_SCHEMA } from './schema.ts';
import { sync } from './sync.ts';

/**
 * Creates the store's file. It is made under another name and linked when complete, so that a kill leaves the whole store
 * or none, and two servers that start at once make one.
 */
export function createFile(path: string): void {
  refuseOrphanedLog(path);
  const draft = `${path}.new-${randomBytes(6).toString('hex')}`;
  try {
    closeSync(openSync(draft, 'wx', 0o600));
    writeStore(draft);
    linkIfAbsent(draft, path);
    sync(dirname(path));
  } catch (cause) {
    throw new OrcaError('unavailable', `the store ${path} cannot be created: ${(cause as Error).message}`, {
      cause,
      hint: 'check that its directory exists and can be written',
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** SQLite would replay an old log into the new file. */
function refuseOrphanedLog(path: string): void {
  if (!existsSync(`${path}-wal`)) return;
  throw new OrcaError('unavailable', `the store ${path} is missing, but its log ${path}-wal is there`, {
    hint: 'put the file back beside its log, or move the log away to begin with an empty store',
  });
}

function writeStore(path: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA synchronous = FULL; BEGIN; ${FIRST_SCHEMA}`);
    const insert = db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
    for (const [name, value] of Object.entries(firstMeta())) insert.run(name, value);
    migrate(db, 1);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}

const firstMeta = () => ({ epoch: randomUUID(), revision: '0', compacted: '0' });

function linkIfAbsent(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
