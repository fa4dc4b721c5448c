import { randomInt } from 'node:crypto';

/** `ORCA_SEED=<n>` plays a run again. */
export const seed = (): number => Number(process.env['ORCA_SEED'] ?? randomInt(1, 1_000_000));
