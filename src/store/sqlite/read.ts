import { OrcaError } from '../../core/errors.ts';
import { boundsOf } from '../bounds.ts';
import type { Change, Entry, RangeQuery, RangeResult, WatchBatch } from '../contract.ts';
import { checkRange, MAX_PAGE_BYTES, MAX_PAGE_ENTRIES } from '../limits.ts';
import { pageOf } from '../page.ts';
import type { Watched } from './protocol.ts';
import { type ChangeRow, toEntry } from './rows.ts';
import type { Session } from './session.ts';

export function readRange(session: Session, query: RangeQuery): RangeResult {
  const limit = checkRange(query);
  const { revision = session.revision } = query;
  refuseUnreadable(session, revision);
  const found = pageOf(entriesOf(session, query, revision), limit);
  return { revision: session.revision, ...found };
}

/** The changes after `after`, whole revisions, about as many as a page holds. */
export function readChanges(session: Session, prefix: string, after: number): Watched {
  if (after < session.compacted) throw compactedError(after, session.compacted);
  const batches: WatchBatch[] = [];
  let open: { readonly revision: number; readonly changes: Change[] } | undefined;
  let [count, bytes] = [0, 0];
  for (const row of session.tables.changesAfter(after, prefix)) {
    if (row.revision !== open?.revision) {
      if (count >= MAX_PAGE_ENTRIES || bytes >= MAX_PAGE_BYTES) return { batches, upTo: open?.revision ?? after };
      open = { revision: row.revision, changes: [] };
      batches.push(open);
    }
    open.changes.push(toChange(row));
    count += 1;
    bytes += row.value?.length ?? 0;
  }
  return { batches, upTo: Math.max(after, session.revision) };
}

function refuseUnreadable({ revision, compacted }: Session, asked: number): void {
  if (asked < compacted) throw compactedError(asked, compacted);
  if (asked > revision) throw new OrcaError('invalid', `revision ${asked} is yet to come: the store is at ${revision}`);
}

const compactedError = (asked: number, compacted: number) =>
  new OrcaError('conflict', `revision ${asked} is compacted: history begins at ${compacted}`, {
    hint: 'list again and watch from there',
    details: { compacted },
  });

function entriesOf({ tables, revision: now }: Session, query: RangeQuery, revision: number): Iterable<Entry> {
  const [bounds, reverse] = [boundsOf(query), query.reverse ?? false];
  return revision === now ? tables.page(bounds, reverse) : tables.pageAt(bounds, reverse, revision);
}

function toChange(row: ChangeRow): Change {
  if (row.value === null) return { type: 'delete', key: row.key, modRevision: row.revision };
  return { type: 'put', entry: toEntry(row) };
}
