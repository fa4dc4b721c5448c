import { boundsOf, compareKeys } from '../bounds.ts';
import type { Change, Entry, RangeQuery } from '../contract.ts';

/** The entries under one prefix, as of one revision. */
export interface Memory {
  readonly prefix: string;
  get(key: string): Entry | undefined;
  /** Those a range asks for, in its order. */
  entries(query: RangeQuery): Iterable<Entry>;
  apply(change: Change): void;
  replace(entries: readonly Entry[]): void;
}

export function createMemory(prefix: string): Memory {
  const byKey = new Map<string, Entry>();
  /** Sorted. */
  let keys: string[] = [];

  function* entries(query: RangeQuery): Generator<Entry> {
    const { low, high } = boundsOf(query);
    const asked = keys.slice(firstFrom(keys, low), high === undefined ? keys.length : firstFrom(keys, high));
    for (const key of query.reverse ? asked.reverse() : asked) {
      const entry = byKey.get(key);
      if (entry) yield entry;
    }
  }

  return {
    prefix,
    entries,
    get: (key) => byKey.get(key),
    apply: (change) => {
      const key = change.type === 'delete' ? change.key : change.entry.key;
      const was = byKey.has(key);
      if (change.type === 'delete') byKey.delete(key);
      else byKey.set(key, change.entry);
      if (was !== byKey.has(key)) keys.splice(firstFrom(keys, key), was ? 1 : 0, ...(was ? [] : [key]));
    },
    replace: (all) => {
      byKey.clear();
      for (const entry of all) byKey.set(entry.key, entry);
      keys = [...byKey.keys()].sort(compareKeys);
    },
  };
}

/** Where the first key stands that is not before `bound`. */
function firstFrom(keys: readonly string[], bound: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] ?? '', bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
