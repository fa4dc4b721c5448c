import { FIRST_RECONNECT, LONGEST_RECONNECT } from '../core/nodes/wire.ts';

/**
 * How long a node waits before it dials again, ms: 1 s doubling to 5 s, less up to half of it, so that the nodes of a master that
 * was restarted do not all come at once.
 *
 * @param failures in a row, the last one included
 * @param chance in [0, 1)
 */
export const reconnectPause = (failures: number, chance: number): number =>
  Math.min(LONGEST_RECONNECT, FIRST_RECONNECT * 2 ** Math.min(failures - 1, 10)) * (1 - chance / 2);
