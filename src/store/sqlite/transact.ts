import { notFound } from '../../core/errors.ts';
import { boundsOf } from '../bounds.ts';
import type { Compare, Op, Txn, TxnResult } from '../contract.ts';
import type { Tables } from './tables.ts';

/** What a group of writes has done so far; nothing of it is durable yet. */
export interface Draft {
  revision: number;
  compacted: number;
  /** Keys changed, to wake watchers. */
  readonly changed: string[];
}

/** Does one transaction; a revision is used up only if something changed. */
export function transact(tables: Tables, draft: Draft, { compare = [], then, otherwise = [] }: Txn): TxnResult {
  const succeeded = compare.every((condition) => holds(tables, condition));
  const revision = draft.revision + 1;
  for (const op of succeeded ? then : otherwise) apply(tables, draft, revision, op);
  return { succeeded, revision: draft.revision };
}

/** Ends a lease: its keys are deleted, in one revision. */
export function endLease(tables: Tables, draft: Draft, id: string): void {
  const revision = draft.revision + 1;
  for (const key of tables.leased(id)) remove(tables, draft, revision, key);
  tables.removeLease(id);
}

function holds(tables: Tables, condition: Compare): boolean {
  const entry = tables.live(condition.key);
  if ('exists' in condition) return condition.exists === (entry !== undefined);
  if ('modRevision' in condition) return condition.modRevision === (entry?.modRevision ?? 0);
  return condition.value === entry?.value;
}

function apply(tables: Tables, draft: Draft, revision: number, op: Op): void {
  if ('put' in op) put(tables, draft, revision, op);
  else if ('delete' in op) remove(tables, draft, revision, op.delete);
  else for (const key of tables.keys(boundsOf({ prefix: op.deletePrefix }))) remove(tables, draft, revision, key);
}

type Put = Extract<Op, { put: string }>;

function put(tables: Tables, draft: Draft, revision: number, { put: key, value, lease }: Put): void {
  if (lease !== undefined && tables.lease(lease) === undefined) throw notFound('lease', lease);
  const was = tables.live(key);
  const version = (was?.version ?? 0) + 1;
  tables.append({
    revision,
    key,
    value,
    create_revision: was?.createRevision ?? revision,
    version,
    lease: lease ?? null,
  });
  mark(draft, revision, key);
}

/** Deleting what is not there changes nothing. */
function remove(tables: Tables, draft: Draft, revision: number, key: string): void {
  const was = tables.live(key);
  if (was === undefined) return;
  tables.append({ revision, key, value: null, create_revision: was.createRevision, version: 0, lease: null });
  mark(draft, revision, key);
}

function mark(draft: Draft, revision: number, key: string): void {
  draft.changed.push(key);
  draft.revision = revision;
}
