import type { Holding } from './holding.ts';
import type { NodeView } from './node-view.ts';
import { toNano } from './seat.ts';

/** Of a node whose size nobody knows. */
const TYPICAL = { memory: 4 * 1024 ** 3, cpu: 2 };
/** Nodes this close are alike: the image, where one has it, is worth more than the difference. */
const STEP = 1 / 20;

const MOST_TASKS = 2 ** 20;
const MOST_STEPS = 2 ** 10;

/** One more task of the same service is worse than anything else of a node. */
export const OF_SERVICE = MOST_TASKS * 2 * MOST_STEPS;
/** To have to pull the image is less bad than to be a step fuller, and worse than any number of tasks. */
export const NO_IMAGE = MOST_TASKS;

/**
 * How full a node is, in one number, for comparing: first what is reserved, in steps of 5 % of the scarcer of memory and CPU,
 * then how many tasks it has. It never falls by what is added.
 */
export function standing(node: NodeView, holding: Holding): number {
  const steps = Math.min(MOST_STEPS - 1, Math.floor(fullness(node, holding) / STEP));
  return steps * 2 * MOST_TASKS + Math.min(MOST_TASKS - 1, holding.seats.size);
}

function fullness({ capacity = TYPICAL }: NodeView, { weight }: Holding): number {
  return Math.max(weight.memory / Math.max(1, capacity.memory), weight.nanoCpu / Math.max(1, toNano(capacity.cpu)));
}
