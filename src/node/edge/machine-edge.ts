import { machineBridges } from './bridges.ts';
import { keepCarry } from './keep-carry.ts';
import { createLockEdge } from './lock-edge.ts';

/** What is done to the edge network of the machine that this runs on. Root's. */
export const machineEdge = { lockEdge: createLockEdge(machineBridges), keepCarry };
