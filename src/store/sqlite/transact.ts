import { boundsOf } from '../bounds.ts';
import type { Compare, Op, Txn, TxnResult } from '../contract.ts';
import type { Tables } from './tables.ts';

/** What a group of transactions has done so far; nothing of it is durable yet. */
export interface Draft {
  revision: number;
  compacted: number;
  /** Keys changed, to wake watchers. */
  readonly changed: string[];
}

/** Does one transaction; a revision is used up only if something changed. */
export function transact(tables: Tables, draft: Draft, { compare = [], then, otherwise = [] }: Txn): TxnResult {
  const succeeded = compare.every((condition) => holds(tables, condition));
  applyOps(tables, draft, succeeded ? then : otherwise);
  return { succeeded, revision: draft.revision };
}

function holds(tables: Tables, condition: Compare): boolean {
  const entry = tables.live(condition.key);
  if ('exists' in condition) return condition.exists === (entry !== undefined);
  if ('modRevision' in condition) return condition.modRevision === (entry?.modRevision ?? 0);
  return condition.value === entry?.value;
}

function applyOps(tables: Tables, draft: Draft, ops: readonly Op[]): void {
  const revision = draft.revision + 1;
  const before = draft.changed.length;
  for (const op of ops) {
    for (const key of touched(tables, op)) {
      change(tables, revision, key, 'put' in op ? op.value : null);
      draft.changed.push(key);
    }
  }
  if (draft.changed.length > before) draft.revision = revision;
}

/** Deleting what is not there changes nothing. */
function touched(tables: Tables, op: Op): readonly string[] {
  if ('put' in op) return [op.put];
  if ('deletePrefix' in op) return tables.keys(boundsOf({ prefix: op.deletePrefix }));
  return tables.live(op.delete) === undefined ? [] : [op.delete];
}

function change(tables: Tables, revision: number, key: string, value: string | null): void {
  const was = tables.live(key);
  tables.append({
    revision,
    key,
    value,
    create_revision: was?.createRevision ?? revision,
    version: value === null ? 0 : (was?.version ?? 0) + 1,
  });
}
