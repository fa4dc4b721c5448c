import type { Log } from '../telemetry/log.ts';
import { createLoop, type Loop } from './loop.ts';
import { restAfter } from './pauses.ts';
import type { Routes } from './routes.ts';

export interface TableLoopOptions {
  readonly routes: Pick<Routes, 'refresh'>;
  /** A table was made, though it may be the one that was there. */
  readonly onTable: () => void;
  readonly clock: { now(): number };
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  readonly log: Log;
}

/** What is only seen may change without a word. */
const CHECK_EVERY = 30_000;

/** Makes the tables anew when they are noticed, and now and then. */
export const createTableLoop = ({ routes, onTable, clock, steady, log }: TableLoopOptions): Loop =>
  createLoop({
    clock,
    onError: (key, err, retryIn) => log.warn({ err, key, retryIn }, 'the routing table could not be made'),
    reconcile: async () => {
      const begun = steady();
      const wakeAt = await routes.refresh();
      // Also a table that did not change is news: those who wait know now that it holds what was written.
      onTable();
      await restAfter(steady() - begun);
      return Math.min(wakeAt ?? Number.POSITIVE_INFINITY, clock.now() + CHECK_EVERY);
    },
  });
