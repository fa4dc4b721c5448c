import { type Check, ok, warning } from './check.ts';

/** Nothing is decided by it; logs and certificates are easier to read if clocks agree. */
const TOLERATED = 5_000;

export interface ClockReading {
  /** Of this machine before and after the master was asked, and of the master; epoch ms. */
  readonly before: number;
  readonly after: number;
  readonly master: number;
}

/** How far this machine's clock is from the master's: half the time that the answer took is on its way. */
export function judgeClock({ before, after, master }: ClockReading): Check {
  const offset = (before + after) / 2 - master;
  const uncertain = (after - before) / 2;
  const size = Math.abs(offset);
  if (size <= Math.max(uncertain, 1)) return ok('clock', "as the master's");
  const found = `${inWords(size)} ${offset > 0 ? 'ahead of' : 'behind'} the master's`;
  if (size - uncertain <= TOLERATED) return ok('clock', found);
  return warning(
    'clock',
    found,
    'nothing is decided by it, but times in logs will not fit: set it, with NTP for example',
  );
}

function inWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
