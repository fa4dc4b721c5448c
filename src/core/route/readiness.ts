import type { Probe } from './table.ts';

/** What of a probe decides how its results count. */
type Pace = Pick<Probe, 'interval' | 'failures'>;

/** What is known of one target, from its probes. Since the start of the container, or since the data plane began. */
export interface Readiness {
  readonly ready: boolean;
  /** Has been ready at some time. */
  readonly wasReady: boolean;
  /** Since when `ready` has its value. Epoch ms. */
  readonly since: number;
  /** In a row; not counted past those that are needed. */
  readonly passes: number;
  /** In a row; while not ready, where probes come quickly, at most one an interval is counted. */
  readonly misses: number;
  readonly error?: string | undefined;
  /** Probes since it was last made not ready: they slow down. */
  readonly tries: number;
  /** When a miss was last counted. Epoch ms. */
  readonly countedAt?: number | undefined;
}

export type ProbeResult =
  | { readonly kind: 'pass' }
  | { readonly kind: 'miss'; readonly error: string }
  /** A request found nobody there: out at once, without waiting for `failures`. */
  | { readonly kind: 'down'; readonly error: string };

const PASSES_NEEDED = 2;
/** Between the two passes that make it ready: that it answers is known, only chance is to be ruled out. */
const CONFIRM_DELAY = 10;
const FIRST_DELAY = 25;
const DELAY_GROWTH = 1.5;
const LONGEST_DELAY = 1000;

export const unprobed = (now: number): Readiness => ({
  ready: false,
  wasReady: false,
  since: now,
  passes: 0,
  misses: 0,
  tries: 0,
});

/** Ready after two passes in a row, not ready after `failures` misses in a row, or at once when found down. */
export function step(state: Readiness, result: ProbeResult, probe: Pace, now: number): Readiness {
  switch (result.kind) {
    case 'pass':
      return passed(state, now);
    case 'miss':
      return missed(state, result.error, probe, now);
    case 'down':
      return down(state, result.error, probe, now);
  }
}

/** How long until the next probe, ms: soon while the answer is awaited, then every `interval`. */
export function delayOf(state: Readiness, probe: Pace): number {
  if (state.ready) return probe.interval;
  if (state.tries === 0) return 0;
  if (state.passes > 0) return CONFIRM_DELAY;
  return Math.min(LONGEST_DELAY, FIRST_DELAY * DELAY_GROWTH ** (state.tries - 1));
}

function passed(state: Readiness, now: number): Readiness {
  const passes = Math.min(PASSES_NEEDED, state.passes + 1);
  if (state.ready) return { ...becameReady(state.since), passes };
  if (passes >= PASSES_NEEDED) return { ...becameReady(now), passes };
  return { ...state, passes, misses: 0, tries: state.tries + 1, countedAt: undefined };
}

const becameReady = (since: number): Readiness => ({
  ready: true,
  wasReady: true,
  since,
  passes: PASSES_NEEDED,
  misses: 0,
  tries: 0,
});

function missed(state: Readiness, error: string, probe: Pace, now: number): Readiness {
  if (!state.ready) {
    const counts = state.countedAt === undefined || now - state.countedAt >= probe.interval;
    return {
      ...state,
      ...(counts ? { misses: state.misses + 1, countedAt: now } : {}),
      passes: 0,
      error,
      tries: state.tries + 1,
    };
  }
  const misses = state.misses + 1;
  if (misses < probe.failures) return { ...state, passes: 0, misses, error, countedAt: now };
  return { ready: false, wasReady: true, since: now, passes: 0, misses, error, tries: 1, countedAt: now };
}

function down(state: Readiness, error: string, probe: Pace, now: number): Readiness {
  if (!state.ready) return { ...state, passes: 0, error };
  const misses = Math.max(state.misses + 1, probe.failures);
  return { ready: false, wasReady: true, since: now, passes: 0, misses, error, tries: 1, countedAt: now };
}
