import { OrcaError } from '../../core/errors.ts';
import { SQLITE, sqliteCode, storeError } from './fault.ts';
import type { Session } from './session.ts';

/**
 * After a failed commit. A full disk needs nothing: SQLite undid the commit, the next one tries again. After any other
 * failure of the disk (EIO at fsync) what the kernel still has to write is not known: Linux may have dropped it and will
 * report success next time. Then no write is taken until the whole log has been copied into the database, that was synced
 * with success, and the log is cut to nothing, the refused commit with it. A damaged file takes no write any more.
 */
export interface Recovery {
  failed(error: unknown): void;
  /** Throws the reason while writes cannot be taken. */
  recover(): void;
}

/** Between two attempts, ms. */
const PAUSE = 250;

export function createRecovery(session: Session): Recovery {
  let suspect: unknown;
  let nextAttempt = 0;

  return {
    failed: (error) => {
      const code = sqliteCode(error);
      if (code === undefined || code === SQLITE.full) return;
      suspect = storeError(error, session.path);
      nextAttempt =
        code === SQLITE.corrupt || code === SQLITE.notadb ? Number.POSITIVE_INFINITY : performance.now() + PAUSE;
    },
    recover: () => {
      if (suspect === undefined) return;
      if (performance.now() < nextAttempt) throw suspect;
      checkpoint(session);
      suspect = undefined;
    },
  };
}

function checkpoint({ db, tables, revision, path }: Session): void {
  const result = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  if (result?.['busy'] !== 0) throw new OrcaError('unavailable', `the log of the store ${path} cannot be written back`);
  const found = Number(tables.meta('revision'));
  if (found === revision) return;
  throw new OrcaError('unavailable', `the store ${path} is at revision ${found}, not at ${revision} as acknowledged`, {
    hint: 'restart orca and look at the disk',
  });
}
