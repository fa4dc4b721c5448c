import type { Change, Compare, Entry, Op, RangeQuery, Txn, TxnResult } from '../../../src/store/contract.ts';

/** The store's contract over plain arrays, slow and plain: what drivers are compared with. */
export interface Model {
  revision: number;
  compacted: number;
  /** Changes by revision, from 1; never forgotten here. */
  readonly history: Map<number, readonly Change[]>;
  /** What was live at each revision, from 0. */
  readonly states: Map<number, readonly Entry[]>;
}

export const emptyModel = (): Model => ({ revision: 0, compacted: 0, history: new Map(), states: new Map([[0, []]]) });

export function modelTxn(model: Model, { compare = [], then, otherwise = [] }: Txn): TxnResult {
  const entries = stateAt(model, model.revision);
  const succeeded = compare.every((condition) => holds(entries, condition));
  const revision = model.revision + 1;
  const changes: Change[] = [];
  for (const op of succeeded ? then : otherwise) {
    changes.push(...changesOf(entries, op, revision).filter((change) => !touches(changes, change)));
  }
  if (changes.length > 0) {
    model.revision = revision;
    model.history.set(revision, changes);
    model.states.set(
      revision,
      changes.reduce(after, entries).toSorted((a, b) => byBytes(a.key, b.key)),
    );
  }
  return { succeeded, revision: model.revision };
}

export function modelRange(model: Model, { prefix, after: from, limit = 1000, reverse, revision }: RangeQuery) {
  const under = stateAt(model, revision ?? model.revision).filter(({ key }) => key.startsWith(prefix));
  const ordered = reverse ? under.toReversed() : under;
  const rest = ordered.filter(({ key }) => from === undefined || byBytes(key, from) * (reverse ? -1 : 1) > 0);
  return { revision: model.revision, entries: rest.slice(0, limit), more: rest.length > limit };
}

/** The changes of a prefix after a revision, as a watch must tell them. */
export const modelChanges = (model: Model, prefix: string, from: number) =>
  [...model.history]
    .filter(([revision]) => revision > from)
    .map(([revision, changes]) => ({ revision, changes: changes.filter((change) => keyOf(change).startsWith(prefix)) }))
    .filter(({ changes }) => changes.length > 0);

const stateAt = (model: Model, revision: number): readonly Entry[] => model.states.get(revision) ?? [];

function holds(entries: readonly Entry[], condition: Compare): boolean {
  const entry = entries.find(({ key }) => key === condition.key);
  if ('exists' in condition) return (entry !== undefined) === condition.exists;
  if ('value' in condition) return entry?.value === condition.value;
  return (entry?.modRevision ?? 0) === condition.modRevision;
}

function changesOf(entries: readonly Entry[], op: Op, modRevision: number): readonly Change[] {
  if ('put' in op) return [putOf(entries, op, modRevision)];
  const gone = entries.filter(({ key }) => ('delete' in op ? key === op.delete : key.startsWith(op.deletePrefix)));
  return gone.map(({ key }) => ({ type: 'delete', key, modRevision }));
}

function putOf(entries: readonly Entry[], op: Extract<Op, { put: string }>, modRevision: number): Change {
  const was = entries.find(({ key }) => key === op.put);
  const { createRevision = modRevision, version = 0 } = was ?? {};
  return { type: 'put', entry: { key: op.put, value: op.value, createRevision, modRevision, version: version + 1 } };
}

function after(entries: readonly Entry[], change: Change): readonly Entry[] {
  const others = entries.filter(({ key }) => key !== keyOf(change));
  return change.type === 'put' ? [...others, change.entry] : others;
}

const touches = (done: readonly Change[], change: Change): boolean => done.some((one) => keyOf(one) === keyOf(change));

export const keyOf = (change: Change): string => (change.type === 'put' ? change.entry.key : change.key);

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
