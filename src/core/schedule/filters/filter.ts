import type { Cluster } from '../cluster.ts';
import type { Ledger } from '../ledger.ts';
import type { NodeView } from '../node-view.ts';
import type { Refusal } from '../refusal.ts';
import type { Wanted } from '../wanted.ts';

/** What a node is asked for. */
export interface Asked {
  readonly wanted: Wanted;
  /** Its own seats are not in its way. */
  readonly slot: number;
  readonly cluster: Cluster;
  readonly ledger: Ledger;
}

/**
 * Why the node does not take the task; undefined if nothing speaks against it. What refuses a slot that has a seat on the
 * node refuses every other slot of the service, and whatever is placed meanwhile changes no refusal: placing relies on it.
 */
export type Filter = (asked: Asked, node: NodeView) => Refusal | undefined;
