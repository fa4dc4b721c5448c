import { setTimeout as sleep } from 'node:timers/promises';
import { OrcaError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';

/** How the lock of an edge network fares, whoever sees to it. */
export interface LockTrouble {
  /** Times a pass: half of the time at most goes into processes that look. */
  timed(lock: () => Promise<void>): Promise<void>;
  /** Before a pass: starts come in crowds, and each is told of several times. */
  gather(): Promise<void>;
  failed(error: unknown): void;
  healed(): void;
  /** Why a container may be able to take the traffic of others, as a clause. */
  problem(): string | undefined;
}

/** Ms. */
const [GATHER, LONGEST_REST] = [20, 500];
/** Passes that fail, one after the other, before it is told: a container may go while it is looked for. */
const FAILURES_UNTOLD = 5;

/** @param steady ms on a clock that is never set */
export function createLockTrouble(steady: () => number, log: Log): LockTrouble {
  let failures = 0;
  let problem: string | undefined;
  let spent = 0;
  return {
    async timed(lock) {
      const begun = steady();
      await lock().finally(() => {
        spent = steady() - begun;
      });
    },
    gather: () => sleep(Math.min(GATHER + spent, LONGEST_REST)),
    failed(error) {
      failures += 1;
      const reason = wordsOf(error);
      if (failures < FAILURES_UNTOLD || reason === problem) return;
      problem = reason;
      log.warn({ err: error }, `the edge network is not protected against a container that keeps NET_RAW: ${reason}`);
    },
    healed() {
      failures = 0;
      problem = undefined;
    },
    problem: () => problem,
  };
}

const wordsOf = (error: unknown): string => {
  if (!(error instanceof OrcaError)) return String(error);
  return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
};
