import type { Unreached } from '../../../core/route/protocol.ts';

/** Of a node that cannot be connected to. */
export type Reach = Omit<Unreached, 'node'>;
