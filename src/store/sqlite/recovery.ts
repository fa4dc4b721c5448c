import { OrcaError } from '../../core/errors.ts';
import { SQLITE, sqliteCode, storeError } from './fault.ts';
import type { Session } from './session.ts';

/**
 * After a failed commit. SQLite has undone it. On a full disk writing the log back may make room, and the next commit just
 * tries. After any other failure of the disk (EIO at fsync) what the kernel still has to write is not known: Linux may have
 * dropped it and will report success next time. Then no write is taken until the whole log has been copied into the
 * database, that was synced with success, and the log is cut to nothing, the refused commit with it. A damaged file takes
 * no write any more.
 */
export interface Recovery {
  failed(error: unknown): void;
  /** Before each commit; throws the reason while writes cannot be taken. */
  recover(): void;
}

/** Between two attempts, ms. */
const PAUSE = 250;

export function createRecovery(session: Session): Recovery {
  let trouble: 'none' | 'full' | 'suspect' = 'none';
  let reason: unknown;
  let nextAttempt = 0;

  return {
    failed: (error) => {
      const code = sqliteCode(error);
      if (code === undefined) return;
      reason = storeError(error, session.path);
      if (trouble !== 'suspect') trouble = code === SQLITE.full ? 'full' : 'suspect';
      nextAttempt = DAMAGED.has(code) ? Number.POSITIVE_INFINITY : performance.now() + PAUSE;
    },
    recover: () => {
      if (trouble === 'none') return;
      if (performance.now() >= nextAttempt) {
        if (trouble === 'suspect') writeBack(session);
        else makeRoom(session);
        trouble = 'none';
      } else if (trouble === 'suspect') throw reason;
    },
  };
}

const DAMAGED: ReadonlySet<number> = new Set([SQLITE.corrupt, SQLITE.notadb]);

function makeRoom(session: Session): void {
  try {
    writeBack(session);
  } catch (error) {
    if (sqliteCode(error) !== SQLITE.full) throw error;
  }
}

function writeBack({ db, tables, revision, path }: Session): void {
  const result = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  if (result?.['busy'] !== 0) throw new OrcaError('unavailable', `the log of the store ${path} cannot be written back`);
  const found = Number(tables.meta('revision'));
  if (found === revision) return;
  throw new OrcaError('unavailable', `the store ${path} is at revision ${found}, not at ${revision} as acknowledged`, {
    hint: 'restart orca and look at the disk',
  });
}
