import { OrcaError } from '../../core/errors.ts';
import { sqliteCode, storeError } from './fault.ts';
import { fileIdentity } from './file.ts';
import { createRecovery } from './recovery.ts';
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
  /** When it was, by the monotonic clock in ms, or that it failed; undefined before the first. */
  lastCommit(): number | 'failed' | undefined;
}

interface Dependencies {
  readonly session: Session;
  /** After a commit, before its writers are told. */
  readonly committed: (draft: Draft) => void;
}

/** Writes that share one commit, at most: they all wait for the slowest. */
const GROUP = 256;

export function createCommitter({ session, committed }: Dependencies): Committer {
  const recovery = createRecovery(session);
  let waiting: Write<unknown>[] = [];
  let scheduled = false;
  let lastCommit: number | 'failed' | undefined;

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
      const outcomes = commit(group);
      lastCommit = performance.now();
      for (const tell of outcomes) tell();
    } catch (error) {
      lastCommit = 'failed';
      recovery.failed(rollBack(session) ?? error);
      const told = storeError(error, session.path);
      for (const write of group) write.failed(told);
    }
  }

  /** Nobody is told before the commit is durable. */
  function commit(group: readonly Write<unknown>[]): readonly (() => void)[] {
    refuseReplacedFile(session);
    recovery.recover();
    const draft: Draft = { revision: session.revision, compacted: session.compacted, changed: [] };
    session.db.exec('BEGIN IMMEDIATE');
    const outcomes = group.map((write) => attempt(session, draft, write));
    keepCounts(session, draft);
    session.db.exec('COMMIT');
    session.revision = draft.revision;
    session.compacted = draft.compacted;
    committed(draft);
    return outcomes;
  }

  return {
    flush,
    lastCommit: () => lastCommit,
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
    if (sqliteCode(error) !== undefined) throw error;
    session.db.exec('ROLLBACK TO write; RELEASE write');
    draft.revision = revision;
    draft.compacted = compacted;
    changed.length = before;
    return () => write.failed(error);
  }
}

/** SQLite has undone most failed commits by itself. Answers what went wrong in doing so. */
function rollBack({ db }: Session): unknown {
  try {
    if (db.isTransaction) db.exec('ROLLBACK');
    return undefined;
  } catch (error) {
    return error;
  }
}

function keepCounts({ tables, revision, compacted }: Session, draft: Draft): void {
  if (draft.revision !== revision) tables.setMeta('revision', String(draft.revision));
  if (draft.compacted !== compacted) tables.setMeta('compacted', String(draft.compacted));
}

/** What is written to a file that has lost its name would be gone with the process. */
function refuseReplacedFile({ path, identity }: Session): void {
  if (fileIdentity(path) === identity) return;
  throw new OrcaError('unavailable', `the store ${path} was removed or replaced while in use`, {
    hint: 'put the file back, or restart orca to use the one that is there now',
  });
}
