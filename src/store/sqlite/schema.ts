/** Marks the file as orca's ("orca" in ASCII): another program's SQLite file is refused. */
export const APPLICATION_ID = 0x6f726361;
export const SCHEMA = 2;

/**
 * Schema 1, in which every file begins; `migrations` bring it to the newest. `changes` is the history: a row for each
 * change of a key, a NULL value for a deletion. `live` says which change is the current one of each key that exists.
 * `meta` holds epoch, revision and compacted.
 */
export const FIRST_SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT,
  create_revision INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX changes_by_revision ON changes (revision);
CREATE UNIQUE INDEX changes_by_key ON changes (key, revision);
CREATE TABLE live (key TEXT PRIMARY KEY, change INTEGER NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = 1;
`;

/**
 * By the schema they start from. Each runs in one transaction with all before it. SQL function `checksum(...)`: see
 * checksum.ts; a migration that changes what it covers writes it anew.
 */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  // Leases, and a checksum on each row: SQLite does not notice most flipped bits.
  1: `
ALTER TABLE changes ADD COLUMN lease TEXT;
ALTER TABLE changes ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
UPDATE changes SET checksum = checksum(revision, key, value, create_revision, version, lease);
CREATE INDEX changes_by_lease ON changes (lease) WHERE lease IS NOT NULL;
ALTER TABLE meta ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
UPDATE meta SET checksum = checksum(name, value);
CREATE TABLE leases (id TEXT PRIMARY KEY, ttl INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = 2;
`,
};
