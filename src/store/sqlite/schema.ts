/** Marks the file as orca's ("orca" in ASCII): another program's SQLite file is refused. */
export const APPLICATION_ID = 0x6f726361;
export const SCHEMA = 1;

/**
 * `changes` is the history: a row for each change of a key, a NULL value for a deletion. `live` says which change is the
 * current one of each key that exists. `meta` holds epoch, revision and compacted.
 */
export const CREATE = `
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
PRAGMA user_version = ${SCHEMA};
`;
