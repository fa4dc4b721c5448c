import type { Entry, RangeResult } from './contract.ts';
import { MAX_PAGE_BYTES } from './limits.ts';

/** What one page takes of the entries in a range, at most `limit` of them; each driver's page ends at the same place. */
export function pageOf(entries: Iterable<Entry>, limit: number): Pick<RangeResult, 'entries' | 'more'> {
  const taken: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (taken.length === limit || bytes >= MAX_PAGE_BYTES) return { entries: taken, more: true };
    taken.push(entry);
    bytes += entry.value.length;
  }
  return { entries: taken, more: false };
}
