import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { defineChecksum } from './checksum.ts';
import { MIGRATIONS, SCHEMA } from './schema.ts';
import { sync } from './sync.ts';

/** Brings the schema to the newest, within the transaction that the caller began. */
export function migrate(db: DatabaseSync, from: number): void {
  defineChecksum(db);
  for (let schema = from; schema < SCHEMA; schema++) db.exec(MIGRATIONS[schema] ?? '');
}

/**
 * Migrates a file of an older schema after a backup beside it, `orca.db.schema-<n>.bak`. Killed at any moment it is
 * repeated at the next start: the backup is whole or absent, and the migration is one transaction.
 */
export function migrateFile(db: DatabaseSync, path: string, from: number): void {
  if (from >= SCHEMA) return;
  backUp(db, `${path}.schema-${from}.bak`);
  db.exec('BEGIN IMMEDIATE');
  migrate(db, from);
  db.exec('COMMIT');
}

function backUp(db: DatabaseSync, to: string): void {
  const draft = `${to}.new`;
  rmSync(draft, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  db.prepare('VACUUM INTO ?').run(draft);
  sync(draft);
  renameSync(draft, to);
  sync(dirname(to));
}
