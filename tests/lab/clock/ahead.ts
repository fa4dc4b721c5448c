import { join } from 'node:path';

/** Variables of a process of orca's whose clock is to be ahead by so much, ms; below 0: behind. */
export const clockAhead = (ms: number): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=${join(import.meta.dirname, 'ahead.mjs')}`,
  ORCA_LAB_AHEAD: String(ms),
});
