import { createChoice } from './choose.ts';
import { type Cluster, clusterOf } from './cluster.ts';
import { refusalOf } from './filters/all.ts';
import { type Ledger, ledgerOf } from './ledger.ts';
import { namedNode } from './named-node.ts';
import type { NodeView } from './node-view.ts';
import { explain, type Refused } from './refusal.ts';
import { reasonFor } from './say-why.ts';
import type { Seat } from './seat.ts';
import type { Wanted } from './wanted.ts';

/** Where a slot's next task goes. */
export type Placement = Placed | Unplaced;

export interface Placed {
  readonly node: NodeView;
  /** Why this one: a clause; empty where there is no other. */
  readonly why: string;
}

export interface Unplaced {
  readonly node?: undefined;
  /** Of all nodes together, for people. */
  readonly why: string;
  /** Node by node; empty where `placement.node` names none. */
  readonly refused: readonly Refused[];
}

/** Places slots of one service, one after the other: each reckons with those before it. */
export type Placer = (slot: number) => Placement;

/**
 * Pure but for the ledger, in which each placement is noted. A slot that has a seat on a node which still takes it stays:
 * nothing moves by itself. The same nodes and seats in another order give the same.
 */
export function createPlacer(wanted: Wanted, cluster: Cluster, ledger: Ledger): Placer {
  const { node: name } = wanted.placement;
  const named = name === undefined ? undefined : namedNode(name, cluster.nodes);
  if (named && 'problem' in named) return () => ({ why: named.problem, refused: [] });
  const asked = { wanted, cluster, ledger };
  const takes = (node: NodeView, slot: number) => refusalOf({ ...asked, slot }, node) === undefined;
  const among = named ? [named.node] : cluster.nodes;
  let choose = named && ((slot: number) => (takes(named.node, slot) ? named.node : undefined));
  let unplaced: Unplaced | undefined;

  return (slot) => {
    const stays = ownNodes(asked, slot).find((node) => (!named || node === named.node) && takes(node, slot));
    if (!stays && unplaced) return unplaced;
    if (!stays) choose ??= createChoice(asked);
    const node = stays ?? choose?.(slot);
    if (!node) {
      unplaced = refuse(asked, among, slot);
      return unplaced;
    }
    const why = cluster.nodes.length === 1 ? '' : reasonFor(wanted, node, asked, stays ? slot : undefined);
    ledger.add({ ...wanted, node: node.id, slot });
    return { node, why };
  };
}

interface Asking {
  readonly wanted: Wanted;
  readonly cluster: Cluster;
  readonly ledger: Ledger;
}

const ownNodes = ({ wanted, cluster, ledger }: Asking, slot: number): readonly NodeView[] =>
  [...ledger.ofSlot(wanted.service, slot)].sort().flatMap((id) => cluster.node(id) ?? []);

function refuse(asked: Asking, nodes: readonly NodeView[], slot: number): Unplaced {
  const refused = nodes.flatMap((node) => {
    const refusal = refusalOf({ ...asked, slot }, node);
    return refusal ? [{ ...refusal, node: { id: node.id, name: node.name } }] : [];
  });
  return { why: explain(refused), refused };
}

/** Some slots of one service, at once. */
export function place(
  wanted: Wanted,
  slots: readonly number[],
  nodes: readonly NodeView[],
  seats: Iterable<Seat>,
): ReadonlyMap<number, Placement> {
  const cluster = clusterOf(nodes);
  const placer = createPlacer(wanted, cluster, ledgerOf(cluster, seats));
  return new Map(slots.map((slot) => [slot, placer(slot)]));
}
