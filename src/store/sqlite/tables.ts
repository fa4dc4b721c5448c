import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type Bounds, prefixEnd } from '../bounds.ts';
import type { Entry } from '../contract.ts';
import { checksum } from './checksum.ts';
import {
  type ChangeRow,
  changeChecksum,
  checkedLease,
  checkedMeta,
  checkedRow,
  damaged,
  type LeaseRow,
  type NewChange,
  toEntry,
} from './rows.ts';

/** The statements on one open file. Nothing here begins or commits; a row that is damaged is refused by its key. */
export interface Tables {
  meta(name: MetaName): string;
  setMeta(name: MetaName, value: string): void;
  live(key: string): Entry | undefined;
  /** Entries that exist, in key order. */
  page(bounds: Bounds, reverse: boolean): Iterable<Entry>;
  /** The same as of an older revision. */
  pageAt(bounds: Bounds, reverse: boolean, revision: number): Iterable<Entry>;
  keys(bounds: Bounds): readonly string[];
  /** Writes history and what is live. */
  append(change: NewChange): void;
  changesAfter(revision: number, prefix: string): Iterable<ChangeRow>;
  /** Deletes what revisions after `from`, to and with `to`, superseded; a deletion goes too. */
  forget(from: number, to: number): void;
  addLease(lease: LeaseRow): void;
  removeLease(id: string): void;
  lease(id: string): LeaseRow | undefined;
  leases(): readonly LeaseRow[];
  /** The keys that live as long as the lease, in order. */
  leased(id: string): readonly string[];
}

export type MetaName = 'epoch' | 'revision' | 'compacted';

const NEWEST = 'SELECT c.* FROM live l JOIN changes c ON c.id = l.change';

export function createTables(db: DatabaseSync): Tables {
  return { ...metaOf(db), ...liveOf(db), ...historyOf(db), ...leasesOf(db) };
}

function metaOf(db: DatabaseSync): Pick<Tables, 'meta' | 'setMeta'> {
  const get = db.prepare('SELECT * FROM meta WHERE name = ?');
  const set = db.prepare('UPDATE meta SET value = ?, checksum = ? WHERE name = ?');
  return {
    meta: (name) => {
      const row = get.get(name);
      if (row === undefined) throw damaged(`meta ${name}`);
      return checkedMeta(row);
    },
    setMeta: (name, value) => void set.run(value, checksum(name, value), name),
  };
}

function liveOf(db: DatabaseSync): Pick<Tables, 'live' | 'page' | 'keys'> {
  const one = db.prepare(`${NEWEST} WHERE l.key = ?`);
  const page = bothWays((order) => db.prepare(`${NEWEST} WHERE l.key >= ? AND l.key < ? ORDER BY l.key ${order}`));
  const keys = db.prepare('SELECT key FROM live WHERE key >= ? AND key < ? ORDER BY key');
  return {
    live: (key) => {
      const row = one.get(key);
      return row && toEntry(checkedRow(row));
    },
    page: (bounds, reverse) => entries(page(reverse).iterate(...ends(bounds))),
    keys: (bounds) => keys.all(...ends(bounds)).map((row) => String(row['key'])),
  };
}

function historyOf(db: DatabaseSync): Pick<Tables, 'append' | 'pageAt' | 'changesAfter' | 'forget'> {
  const insert = db.prepare(`INSERT INTO changes (revision, key, value, create_revision, version, lease, checksum)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const point = db.prepare(
    'INSERT INTO live (key, change) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET change = ?2',
  );
  const unpoint = db.prepare('DELETE FROM live WHERE key = ?');
  const pageAt = bothWays((order) =>
    db.prepare(`SELECT c.* FROM changes c WHERE c.key >= ?1 AND c.key < ?2 AND c.revision <= ?3
      AND c.value IS NOT NULL AND NOT EXISTS (SELECT 1 FROM changes n
        WHERE n.key = c.key AND n.revision > c.revision AND n.revision <= ?3) ORDER BY c.key ${order}`),
  );
  const after = db.prepare(`SELECT c.* FROM changes c INDEXED BY changes_by_revision
    WHERE c.revision > ? AND c.key >= ? AND c.key < ? ORDER BY c.revision, c.id`);
  const forgetSuperseded = db.prepare(`DELETE FROM changes WHERE id IN (SELECT o.id FROM changes n
    JOIN changes o ON o.key = n.key AND o.revision < n.revision WHERE n.revision > ? AND n.revision <= ?)`);
  const forgetDeletions = db.prepare('DELETE FROM changes WHERE revision > ? AND revision <= ? AND value IS NULL');
  return {
    append: (change) => {
      const { revision, key, value, create_revision, version, lease } = change;
      const row = insert.run(revision, key, value, create_revision, version, lease, changeChecksum(change));
      if (value === null) unpoint.run(key);
      else point.run(key, row.lastInsertRowid);
    },
    pageAt: (bounds, reverse, revision) => entries(pageAt(reverse).iterate(...ends(bounds), revision)),
    changesAfter: (revision, prefix) =>
      checkedRows(after.iterate(revision, ...ends({ low: prefix, high: prefixEnd(prefix) }))),
    forget: (from, to) => {
      forgetSuperseded.run(from, to);
      forgetDeletions.run(from, to);
    },
  };
}

function leasesOf(db: DatabaseSync): Pick<Tables, 'addLease' | 'removeLease' | 'lease' | 'leases' | 'leased'> {
  const insert = db.prepare('INSERT INTO leases (id, ttl, checksum) VALUES (?, ?, ?)');
  const remove = db.prepare('DELETE FROM leases WHERE id = ?');
  const one = db.prepare('SELECT * FROM leases WHERE id = ?');
  const all = db.prepare('SELECT * FROM leases ORDER BY id');
  const leased = db.prepare(`SELECT c.key FROM changes c INDEXED BY changes_by_lease JOIN live l ON l.change = c.id
    WHERE c.lease = ? ORDER BY c.key`);
  return {
    addLease: ({ id, ttl }) => void insert.run(id, ttl, checksum(id, ttl)),
    removeLease: (id) => void remove.run(id),
    lease: (id) => {
      const row = one.get(id);
      return row && checkedLease(row);
    },
    leases: () => all.all().map(checkedLease),
    leased: (id) => leased.all(id).map((row) => String(row['key'])),
  };
}

function bothWays<T>(prepare: (order: 'ASC' | 'DESC') => T): (reverse: boolean) => T {
  const [forward, backward] = [prepare('ASC'), prepare('DESC')];
  return (reverse) => (reverse ? backward : forward);
}

/** In SQLite a blob sorts after every text. */
const BEYOND_TEXT = new Uint8Array(0);

const ends = ({ low, high }: Bounds): readonly [SQLInputValue, SQLInputValue] => [low, high ?? BEYOND_TEXT];

type Raw = Readonly<Record<string, unknown>>;

function* entries(raw: Iterable<Raw>): Iterable<Entry> {
  for (const row of raw) yield toEntry(checkedRow(row));
}

function* checkedRows(raw: Iterable<Raw>): Iterable<ChangeRow> {
  for (const row of raw) yield checkedRow(row);
}
