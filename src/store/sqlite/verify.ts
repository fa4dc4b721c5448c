import type { DatabaseSync } from 'node:sqlite';
import { OrcaError } from '../../core/errors.ts';
import { checkedLease, checkedMeta, checkedRow, damaged } from './rows.ts';

/** Reads the whole file and refuses it with the first key that is damaged, or with what SQLite finds. */
export function verify(db: DatabaseSync, path: string): void {
  for (const row of db.prepare('SELECT * FROM changes').iterate()) checkedRow(row);
  for (const row of db.prepare('SELECT * FROM meta').iterate()) checkedMeta(row);
  for (const row of db.prepare('SELECT * FROM leases').iterate()) checkedLease(row);
  const strayed = db.prepare(STRAYED).get()?.['key'];
  if (strayed !== undefined) throw damaged(String(strayed));
  refuseUnsound(db, path);
}

/** What SQLite can find by itself, in a file of any schema. */
export function refuseUnsound(db: DatabaseSync, path: string): void {
  const found = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (found === 'ok') return;
  throw new OrcaError('unavailable', `the store ${path} is damaged: ${found}`, {
    hint: 'restore it from a backup; orca does not change the file',
  });
}

/** A key whose live row is not its newest change, or is missing, or should be. */
const STRAYED = `
WITH newest AS (SELECT key, id, value, max(revision) FROM changes GROUP BY key)
SELECT coalesce(n.key, l.key) AS key
FROM (SELECT key, id FROM newest WHERE value IS NOT NULL) n FULL JOIN live l ON l.key = n.key
WHERE l.change IS NOT n.id LIMIT 1`;
