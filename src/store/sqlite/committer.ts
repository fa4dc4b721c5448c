import { storeError } from './fault.ts';
import type { Session } from './session.ts';
import type { Draft } from './transact.ts';

/** A write that waits for its commit; `run` works inside the group's transaction. */
export interface Write<T> {
  run(session: Session, draft: Draft): T;
  done(value: T): void;
  failed(error: unknown): void;
}

export interface Committer {
  /** Queued until the turn of the thread's loop ends, then committed with all others that came: one fsync for them. */
  add<T>(write: Write<T>): void;
  /** Commits what waits, now. */
  flush(): void;
}

interface Dependencies {
  readonly path: string;
  readonly session: Session;
  /** After a commit, before its writers are told. */
  readonly committed: (draft: Draft) => void;
}

/** Transactions that share one commit, at most: they all wait for the slowest. */
const GROUP = 256;

export function createCommitter({ path, session, committed }: Dependencies): Committer {
  let waiting: Write<unknown>[] = [];
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP);
      waiting = waiting.slice(GROUP);
      commitGroup(group);
    }
  }

  function commitGroup(group: readonly Write<unknown>[]): void {
    try {
      for (const tell of commit(group)) tell();
    } catch (error) {
      rollBack(session);
      const told = storeError(error, path);
      for (const write of group) write.failed(told);
    }
  }

  /** Nobody is told before the commit is durable. */
  function commit(group: readonly Write<unknown>[]): readonly (() => void)[] {
    const { db, tables } = session;
    const draft: Draft = { revision: session.revision, compacted: session.compacted, changed: [] };
    db.exec('BEGIN IMMEDIATE');
    const outcomes = group.map((write) => attempt(session, draft, write));
    if (draft.revision !== session.revision) tables.setMeta('revision', String(draft.revision));
    if (draft.compacted !== session.compacted) tables.setMeta('compacted', String(draft.compacted));
    db.exec('COMMIT');
    session.revision = draft.revision;
    session.compacted = draft.compacted;
    committed(draft);
    return outcomes;
  }

  return {
    flush,
    add: (write) => {
      waiting.push(write as Write<unknown>);
      if (!scheduled) setImmediate(flush);
      scheduled = true;
    },
  };
}

/** A write that is refused is undone alone; one that SQLite fails takes its group along. */
function attempt(session: Session, draft: Draft, write: Write<unknown>): () => void {
  const { revision, compacted, changed } = draft;
  const before = changed.length;
  session.db.exec('SAVEPOINT write');
  try {
    const value = write.run(session, draft);
    session.db.exec('RELEASE write');
    return () => write.done(value);
  } catch (error) {
    if (isSqliteError(error)) throw error;
    session.db.exec('ROLLBACK TO write; RELEASE write');
    draft.revision = revision;
    draft.compacted = compacted;
    changed.length = before;
    return () => write.failed(error);
  }
}

const isSqliteError = (error: unknown): boolean => error instanceof Error && 'errcode' in error;

function rollBack({ db }: Session): void {
  if (db.isTransaction) db.exec('ROLLBACK');
}
