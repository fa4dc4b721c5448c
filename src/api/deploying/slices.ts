import { setImmediate } from 'node:timers/promises';
import { OrcaError } from '../../core/errors.ts';

/** How long one may compute before others get their turn, ms. */
const SLICE = 10;

/**
 * Computes what takes long in slices, one slice a turn of the loop whoever computes: requests in between are answered.
 *
 * @throws OrcaError `unavailable` once the signal aborts
 */
export type InSlices = <T>(run: Generator<undefined, T>, signal: AbortSignal) => Promise<T>;

export function createSlices(): InSlices {
  let last: Promise<unknown> = Promise.resolve();
  const myTurn = () => {
    last = last.then(() => setImmediate());
    return last;
  };
  return async (run, signal) => {
    for (;;) {
      await myTurn();
      if (signal.aborted) throw new OrcaError('unavailable', 'nobody waits for it any more');
      for (const until = performance.now() + SLICE; performance.now() < until; ) {
        const { done, value } = run.next();
        if (done) return value;
      }
    }
  };
}
