import { boundsOf, compareKeys } from '../bounds.ts';
import type { Change, Entry, RangeQuery, RangeResult } from '../contract.ts';
import { pageOf } from '../page.ts';

/** The entries under one prefix, as of one revision. */
export interface Memory {
  readonly prefix: string;
  get(key: string): Entry | undefined;
  /** Those a range asks for, in its order. */
  entries(query: RangeQuery): readonly Entry[];
  /** The first of them. Of all that it has, the same list each time until one of them changes. */
  page(query: RangeQuery, limit: number): Page;
  apply(change: Change): void;
  replace(entries: readonly Entry[]): void;
}

type Page = Pick<RangeResult, 'entries' | 'more'>;

export function createMemory(prefix: string): Memory {
  const byKey = new Map<string, Entry>();
  let sorted: Entry[] = [];
  /** Of the whole, by where they begin and how long they may be. */
  const pages = new Map<string, Page>();

  const entries = (query: RangeQuery): readonly Entry[] => {
    const { low, high } = boundsOf(query);
    const asked = sorted.slice(firstFrom(sorted, low), high === undefined ? sorted.length : firstFrom(sorted, high));
    return query.reverse ? asked.reverse() : asked;
  };

  const page: Memory['page'] = (query, limit) => {
    if (query.prefix !== prefix || query.reverse) return pageOf(entries(query), limit);
    const name = `${limit} ${query.after ?? ''}`;
    const found = pages.get(name) ?? pageOf(entries(query), limit);
    pages.set(name, found);
    return found;
  };

  return {
    prefix,
    entries,
    page,
    get: (key) => byKey.get(key),
    apply: (change) => {
      const key = change.type === 'delete' ? change.key : change.entry.key;
      const was = byKey.has(key);
      if (change.type === 'delete') byKey.delete(key);
      else byKey.set(key, change.entry);
      sorted.splice(firstFrom(sorted, key), was ? 1 : 0, ...(change.type === 'put' ? [change.entry] : []));
      pages.clear();
    },
    replace: (all) => {
      byKey.clear();
      for (const entry of all) byKey.set(entry.key, entry);
      sorted = [...byKey.values()].sort((a, b) => compareKeys(a.key, b.key));
      pages.clear();
    },
  };
}

/** Where the first one stands whose key is not before `bound`. */
function firstFrom(sorted: readonly Entry[], bound: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(sorted[middle]?.key ?? '', bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
