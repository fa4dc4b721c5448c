/**
 * What a worker or a probe saw of a target:
 * - `silent`: a new connection to it has had no answer for a while
 * - `released`: kept connections to it were closed for the sake of one that is silent
 * - `answered`: one that was silent has its answer
 * - `concurrent`: it answered on a new connection while another one was kept
 */
export interface Sign {
  readonly task: string;
  readonly kind: 'silent' | 'released' | 'answered' | 'concurrent';
}

/**
 * What is known of whether a target answers on one connection while another is kept. A server with one thread that waits for the
 * next request on each connection does not: it is *serial*, and no connection to it is kept.
 */
export interface Contention {
  /** For good: a server with one thread can never be seen to do it. */
  readonly concurrent: boolean;
  readonly releasedAt: number | undefined;
  /** It counts as serial until then. */
  readonly serialUntil: number;
  /** For how long it was taken for serial the last time, ms. */
  readonly term: number;
}

export const UNKNOWN: Contention = { concurrent: false, releasedAt: undefined, serialUntil: 0, term: 0 };

/** An answer that comes this soon behind the end of kept connections, ms, has waited for that. */
const BEHIND = 1000;
/**
 * A slow answer looks the same. So it is taken for serial for a while, twice as long the next time, and in between it may show
 * that it is not, which one that is busy does at once.
 */
const FIRST_TERM = 60_000;
const LONGEST_TERM = 600_000;

/** @param now of a clock that is never set, ms */
export function step(state: Contention, kind: Sign['kind'], now: number): Contention {
  switch (kind) {
    case 'silent':
      return state;
    case 'released':
      return { ...state, releasedAt: now };
    case 'concurrent':
      return { ...UNKNOWN, concurrent: true };
    case 'answered':
      return state.concurrent ? state : judged(state, now);
  }
}

function judged(state: Contention, now: number): Contention {
  if (state.releasedAt === undefined || now - state.releasedAt > BEHIND) return state;
  const term = Math.min(LONGEST_TERM, Math.max(FIRST_TERM, state.term * 2));
  return { concurrent: false, releasedAt: undefined, serialUntil: now + term, term };
}

export const isSerial = (state: Contention, now: number): boolean => now < state.serialUntil;
