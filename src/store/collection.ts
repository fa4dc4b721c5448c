import { OrcaError } from '../core/errors.ts';
import type { Compare, Entry, Op, Store } from './contract.ts';

/** A record with the revision it was read at: compare with it, and a write that lost a race is refused. */
export interface Stored<T> {
  readonly key: string;
  readonly value: T;
  readonly modRevision: number;
}

/** Records of one type under one prefix: `prefix/part/part/...`. */
export interface Collection<T> {
  readonly prefix: string;
  key(...parts: readonly (string | number)[]): string;
  get(...parts: readonly (string | number)[]): Promise<Stored<T> | undefined>;
  /** All records below the given parts, in key order, whole, as of one revision. */
  list(...parts: readonly (string | number)[]): Promise<readonly Stored<T>[]>;
  put(value: T): Op;
  remove(value: T): Op;
  removeAll(...parts: readonly (string | number)[]): Op;
  absent(value: T): Compare;
}

const PAGE = 500;

/** @param keyOf the parts of a record's key; numbers are padded so that they sort */
export function collection<T>(
  store: Store,
  prefix: string,
  keyOf: (value: T) => readonly (string | number)[],
): Collection<T> {
  const key = (...parts: readonly (string | number)[]) => [prefix, ...parts.map(part)].join('/');
  /** An entry that is held in memory is given again and again: its text is read once. */
  const known = new WeakMap<Entry, Stored<T>>();

  function readOnce(entry: Entry): Stored<T> {
    const stored = known.get(entry) ?? read<T>(entry);
    known.set(entry, stored);
    return stored;
  }

  async function list(...parts: readonly (string | number)[]): Promise<readonly Stored<T>[]> {
    const under = `${key(...parts)}/`;
    const found: Stored<T>[] = [];
    let revision: number | undefined;
    for (let after: string | undefined; ; ) {
      const page = await store.range({ prefix: under, limit: PAGE, after, revision });
      revision ??= page.revision;
      found.push(...page.entries.map(readOnce));
      if (!page.more) return found;
      after = page.entries.at(-1)?.key;
    }
  }

  return {
    prefix,
    key,
    list,
    get: async (...parts) => {
      const entry = await store.get(key(...parts));
      return entry && readOnce(entry);
    },
    put: (value) => ({ put: key(...keyOf(value)), value: JSON.stringify(value) }),
    remove: (value) => ({ delete: key(...keyOf(value)) }),
    removeAll: (...parts) => ({ deletePrefix: `${key(...parts)}/` }),
    absent: (value) => ({ key: key(...keyOf(value)), exists: false }),
  };
}

const part = (value: string | number): string => (typeof value === 'number' ? String(value).padStart(12, '0') : value);

export function read<T>(entry: Entry): Stored<T> {
  try {
    return { key: entry.key, value: JSON.parse(entry.value) as T, modRevision: entry.modRevision };
  } catch (cause) {
    throw new OrcaError('unavailable', `the store holds no readable record at ${entry.key}`, { cause });
  }
}

export const unchanged = (stored: Stored<unknown>): Compare => ({ key: stored.key, modRevision: stored.modRevision });
