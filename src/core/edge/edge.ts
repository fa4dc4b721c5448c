import type { ContainerView } from '../model/container.ts';
import type { Member } from './members.ts';

/** Of a container what an edge network is locked by. */
export type EdgeContainer = Pick<ContainerView, 'id' | 'state' | 'address' | 'hardware' | 'pid'>;

/** What one machine's edge network is locked by. */
export interface Edge {
  /** Name of its bridge's interface on the machine. */
  readonly bridge: string;
  /** Who alone may be found at its addresses. */
  readonly members: readonly Member[];
  /** All containers of the machine that orca knows. */
  readonly containers: readonly EdgeContainer[];
}
