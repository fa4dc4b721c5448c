import { sameItems } from '../core/makings.ts';
import { decodeRecord, encodeRecord, type RecordFormat } from '../core/model/records/format.ts';
import { UnreadableRecord } from '../core/model/records/unreadable.ts';
import type { Compare, Entry, Op, Store } from './contract.ts';

/** A record with the revision it was read at: compare with it, and a write that lost a race is refused. */
export interface Stored<T> {
  readonly key: string;
  readonly value: T;
  readonly modRevision: number;
}

/** The records that can be read, and why others cannot. */
export interface Readable<T> {
  readonly records: readonly Stored<T>[];
  readonly unreadable: readonly UnreadableRecord[];
}

/**
 * Records of one type under one prefix: `prefix/part/part/...`, upgraded from what older versions wrote. What reads one that
 * is damaged or too new throws UnreadableRecord, with its key.
 */
export interface Collection<T> {
  readonly prefix: string;
  /** Newest version of its records. */
  readonly version: number;
  key(...parts: readonly (string | number)[]): string;
  get(...parts: readonly (string | number)[]): Promise<Stored<T> | undefined>;
  /** All records below the given parts, in key order, whole, as of one revision. */
  list(...parts: readonly (string | number)[]): Promise<readonly Stored<T>[]>;
  /** The same of records about many things, none of which must stand still because another's cannot be read. */
  listReadable(...parts: readonly (string | number)[]): Promise<Readable<T>>;
  isEmpty(): Promise<boolean>;
  /** The record of an entry that came by a range or a watch; undefined if it cannot be read. */
  read(entry: Entry): Stored<T> | undefined;
  put(value: T): Op;
  remove(value: T): Op;
  removeAll(...parts: readonly (string | number)[]): Op;
  absent(value: T): Compare;
  /** The record is this one, as this version writes it. */
  equals(value: T): Compare;
}

export interface CollectionOptions<T> {
  readonly store: Store;
  readonly prefix: string;
  readonly format: RecordFormat<T>;
  /** The parts of a record's key; numbers are padded so that they sort. */
  readonly keyOf: (value: T) => readonly (string | number)[];
  /** Told once of each entry that was left out, as long as it is held in memory. */
  readonly onUnreadable?: ((error: UnreadableRecord) => void) | undefined;
}

const PAGE = 500;

export function collection<T extends object>(options: CollectionOptions<T>): Collection<T> {
  const { store, prefix, format, keyOf, onUnreadable = () => {} } = options;
  const key = (...parts: readonly (string | number)[]) => [prefix, ...parts.map(part)].join('/');
  const read = createReader(format, onUnreadable);

  /** All of them, as they were listed last; held in memory they are the same pages until one of them changes. */
  let last: { readonly pages: readonly (readonly Entry[])[]; readonly readable: Readable<T> } | undefined;

  async function pages(parts: readonly (string | number)[]): Promise<readonly (readonly Entry[])[]> {
    const under = `${key(...parts)}/`;
    const found: (readonly Entry[])[] = [];
    let revision: number | undefined;
    for (let after: string | undefined; ; ) {
      const page = await store.range({ prefix: under, limit: PAGE, after, revision });
      revision ??= page.revision;
      found.push(page.entries);
      if (!page.more) return found;
      after = page.entries.at(-1)?.key;
    }
  }

  const entries = async (parts: readonly (string | number)[]) => (await pages(parts)).flat();

  async function listReadable(...parts: readonly (string | number)[]): Promise<Readable<T>> {
    if (parts.length > 0) return read.all(await entries(parts));
    const found = await pages(parts);
    if (last && sameItems(last.pages, found)) return last.readable;
    const readable = read.all(found.flat());
    last = { pages: found, readable };
    return readable;
  }

  return {
    prefix,
    version: format.upgrades.length,
    key,
    read: (entry) => read.all([entry]).records[0],
    list: async (...parts) => (await entries(parts)).map(read.strictly),
    listReadable,
    isEmpty: async () => (await store.range({ prefix: `${prefix}/`, limit: 1 })).entries.length === 0,
    get: async (...parts) => {
      const entry = await store.get(key(...parts));
      return entry && read.strictly(entry);
    },
    put: (value) => ({ put: key(...keyOf(value)), value: encodeRecord(format, value) }),
    remove: (value) => ({ delete: key(...keyOf(value)) }),
    removeAll: (...parts) => ({ deletePrefix: `${key(...parts)}/` }),
    absent: (value) => ({ key: key(...keyOf(value)), exists: false }),
    equals: (value) => ({ key: key(...keyOf(value)), value: encodeRecord(format, value) }),
  };
}

/** An entry that is held in memory is given again and again: its text is read once, whatever comes of it. */
function createReader<T>(format: RecordFormat<T>, onUnreadable: (error: UnreadableRecord) => void) {
  const known = new WeakMap<Entry, Stored<T> | UnreadableRecord>();
  const told = new WeakSet<UnreadableRecord>();

  function attempt(entry: Entry): Stored<T> | UnreadableRecord {
    const before = known.get(entry);
    if (before) return before;
    const found = decode(format, entry);
    known.set(entry, found);
    return found;
  }

  function strictly(entry: Entry): Stored<T> {
    const found = attempt(entry);
    if (found instanceof UnreadableRecord) throw found;
    return found;
  }

  function all(entries: readonly Entry[]): Readable<T> {
    const records: Stored<T>[] = [];
    const unreadable: UnreadableRecord[] = [];
    for (const found of entries.map(attempt)) {
      if (found instanceof UnreadableRecord) unreadable.push(found);
      else records.push(found);
    }
    for (const error of unreadable) if (!told.has(error)) onUnreadable(error);
    for (const error of unreadable) told.add(error);
    return { records, unreadable };
  }

  return { strictly, all };
}

function decode<T>(format: RecordFormat<T>, { key, value, modRevision }: Entry): Stored<T> | UnreadableRecord {
  try {
    return { key, value: decodeRecord(format, key, value), modRevision };
  } catch (error) {
    if (error instanceof UnreadableRecord) return error;
    throw error;
  }
}

const part = (value: string | number): string => (typeof value === 'number' ? String(value).padStart(12, '0') : value);

export const unchanged = (stored: Stored<unknown>): Compare => ({ key: stored.key, modRevision: stored.modRevision });
