import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { OrcaError } from '../../core/errors.ts';
import { type Bounds, prefixEnd } from '../bounds.ts';
import type { Entry } from '../contract.ts';

/** A row of `changes`: what one revision did to one key. */
export interface ChangeRow {
  readonly id: number;
  readonly revision: number;
  readonly key: string;
  /** Null: deleted. */
  readonly value: string | null;
  readonly create_revision: number;
  readonly version: number;
}

export type NewChange = Omit<ChangeRow, 'id'>;

/** The statements on one open file. Nothing here begins or commits. */
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
}

export type MetaName = 'epoch' | 'revision' | 'compacted';

/** In SQLite a blob sorts after every text. */
const BEYOND_TEXT = new Uint8Array(0);
const COLUMNS = 'c.id, c.revision, c.key, c.value, c.create_revision, c.version';

export function createTables(db: DatabaseSync): Tables {
  const getMeta = db.prepare('SELECT value FROM meta WHERE name = ?');
  const setMeta = db.prepare('UPDATE meta SET value = ? WHERE name = ?');
  const live = db.prepare(`SELECT ${COLUMNS} FROM live l JOIN changes c ON c.id = l.change WHERE l.key = ?`);
  const page = bothWays((order) =>
    db.prepare(`SELECT ${COLUMNS} FROM live l JOIN changes c ON c.id = l.change
      WHERE l.key >= ? AND l.key < ? ORDER BY l.key ${order}`),
  );
  const pageAt = bothWays((order) =>
    db.prepare(`SELECT ${COLUMNS} FROM changes c WHERE c.key >= ?1 AND c.key < ?2 AND c.revision <= ?3
      AND c.value IS NOT NULL AND NOT EXISTS (SELECT 1 FROM changes n
        WHERE n.key = c.key AND n.revision > c.revision AND n.revision <= ?3) ORDER BY c.key ${order}`),
  );
  const keys = db.prepare('SELECT key FROM live WHERE key >= ? AND key < ? ORDER BY key');
  const insert = db.prepare(
    'INSERT INTO changes (revision, key, value, create_revision, version) VALUES (?, ?, ?, ?, ?)',
  );
  const point = db.prepare(
    'INSERT INTO live (key, change) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET change = ?2',
  );
  const unpoint = db.prepare('DELETE FROM live WHERE key = ?');
  const after = db.prepare(`SELECT ${COLUMNS} FROM changes c INDEXED BY changes_by_revision
    WHERE c.revision > ? AND c.key >= ? AND c.key < ? ORDER BY c.revision, c.id`);
  const forgetSuperseded = db.prepare(`DELETE FROM changes WHERE id IN (SELECT o.id FROM changes n
    JOIN changes o ON o.key = n.key AND o.revision < n.revision WHERE n.revision > ? AND n.revision <= ?)`);
  const forgetDeletions = db.prepare('DELETE FROM changes WHERE revision > ? AND revision <= ? AND value IS NULL');

  return {
    meta: (name) => textOf(getMeta.get(name)?.['value'], name),
    setMeta: (name, value) => void setMeta.run(value, name),
    live: (key) => {
      const row = live.get(key);
      return row && toEntry(toRow(row));
    },
    page: (bounds, reverse) => entries(page(reverse).iterate(...ends(bounds))),
    pageAt: (bounds, reverse, revision) => entries(pageAt(reverse).iterate(...ends(bounds), revision)),
    keys: (bounds) => keys.all(...ends(bounds)).map((row) => textOf(row['key'], 'key')),
    append: (change) => {
      const { key, value } = change;
      const added = insert.run(change.revision, key, value, change.create_revision, change.version);
      if (value === null) unpoint.run(key);
      else point.run(key, added.lastInsertRowid);
    },
    changesAfter: (revision, prefix) =>
      rows(after.iterate(revision, ...ends({ low: prefix, high: prefixEnd(prefix) }))),
    forget: (from, to) => {
      forgetSuperseded.run(from, to);
      forgetDeletions.run(from, to);
    },
  };
}

function bothWays<T>(prepare: (order: 'ASC' | 'DESC') => T): (reverse: boolean) => T {
  const [forward, backward] = [prepare('ASC'), prepare('DESC')];
  return (reverse) => (reverse ? backward : forward);
}

const ends = ({ low, high }: Bounds): readonly [SQLInputValue, SQLInputValue] => [low, high ?? BEYOND_TEXT];

type RawRow = Readonly<Record<string, unknown>>;

function* entries(raw: Iterable<RawRow>): Iterable<Entry> {
  for (const row of raw) yield toEntry(toRow(row));
}

function* rows(raw: Iterable<RawRow>): Iterable<ChangeRow> {
  for (const row of raw) yield toRow(row);
}

/** The tables are STRICT: a row has the types of its columns. */
const toRow = (raw: RawRow): ChangeRow => raw as unknown as ChangeRow;

export function toEntry(row: ChangeRow): Entry {
  const { key, value, create_revision, revision, version } = row;
  if (value === null) throw damaged(key);
  return { key, value, createRevision: create_revision, modRevision: revision, version };
}

const damaged = (key: string) =>
  new OrcaError('unavailable', `the store's record ${key} is damaged`, {
    hint: 'restore the store from a backup',
    details: { key },
  });

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new OrcaError('unavailable', `the store is damaged: it has no ${name}`, { hint: 'restore it from a backup' });
}
