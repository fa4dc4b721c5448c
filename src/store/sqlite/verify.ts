import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { OrcaError } from '../../core/errors.ts';
import { RESTORE } from './fault.ts';
import { migrate } from './migrate.ts';
import { checkedLease, checkedMeta, checkedRow, damaged } from './rows.ts';
import { FIRST_SCHEMA } from './schema.ts';

/** Reads the whole file and refuses it with the first key that is damaged, or with what SQLite finds. */
export function verify(db: DatabaseSync, path: string): void {
  refuseOtherTables(db, path);
  for (const row of db.prepare('SELECT * FROM changes').iterate()) checkedRow(row);
  for (const row of db.prepare('SELECT * FROM meta').iterate()) checkedMeta(row);
  for (const row of db.prepare('SELECT * FROM leases').iterate()) checkedLease(row);
  const strayed = db.prepare(STRAYED).get()?.['key'];
  if (strayed !== undefined) throw damaged(String(strayed));
  refuseUnsound(db, path);
}

/** The tables' definitions are rows as well, and may be damaged: they must be those of a new store, to the letter. */
function refuseOtherTables(db: DatabaseSync, path: string): void {
  const fresh = new DatabaseSync(':memory:');
  fresh.exec(FIRST_SCHEMA);
  migrate(fresh, 1);
  const same = isDeepStrictEqual(definitions(db), definitions(fresh));
  fresh.close();
  if (!same)
    throw new OrcaError('unavailable', `the store ${path} is damaged: its tables are not orca's`, { hint: RESTORE });
}

const definitions = (db: DatabaseSync) =>
  db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();

/** What SQLite can find by itself, in a file of any schema. */
export function refuseUnsound(db: DatabaseSync, path: string): void {
  const found = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (found === 'ok') return;
  throw new OrcaError('unavailable', `the store ${path} is damaged: ${found}`, {
    hint: RESTORE,
  });
}

/** A key whose live row is not its newest change, or is missing, or should be. */
const STRAYED = `
WITH newest AS (SELECT key, id, value, max(revision) FROM changes GROUP BY key)
SELECT coalesce(n.key, l.key) AS key
FROM (SELECT key, id FROM newest WHERE value IS NOT NULL) n FULL JOIN live l ON l.key = n.key
WHERE l.change IS NOT n.id LIMIT 1`;
