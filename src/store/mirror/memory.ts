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
  /** Sorted; made anew by the first range after a key came or went. */
  let keys: readonly string[] | undefined;

  const sorted = (): readonly string[] => {
    keys ??= [...byKey.keys()].sort(compareKeys);
    return keys;
  };

  function* entries(query: RangeQuery): Generator<Entry> {
    const [all, { low, high }] = [sorted(), boundsOf(query)];
    const asked = all.slice(firstFrom(all, low), high === undefined ? all.length : firstFrom(all, high));
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
      const count = byKey.size;
      if (change.type === 'delete') byKey.delete(change.key);
      else byKey.set(change.entry.key, change.entry);
      if (byKey.size !== count) keys = undefined;
    },
    replace: (all) => {
      byKey.clear();
      for (const entry of all) byKey.set(entry.key, entry);
      keys = undefined;
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
