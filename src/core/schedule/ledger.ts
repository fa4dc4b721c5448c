import type { ServiceKey } from '../model/service.ts';
import type { Cluster } from './cluster.ts';
import { addTo, copyOf, emptyHolding, type Holding, type OpenHolding } from './holding.ts';
import { createQueues, type Queues } from './queue.ts';
import { standing } from './rank.ts';
import { type Seat, seatKey } from './seat.ts';

/** Who holds what of which node: summed up once, and carried on with each placement. */
export interface Ledger {
  /** By the node's number. */
  holding(number: number): Holding;
  /** By the node's number: how full it is. See `standing`. */
  readonly standings: Float64Array;
  /** The nodes by that, apart by the values of a label. */
  queues(label: string | undefined): Queues;
  /** Ids of the nodes with seats of the service, and how many slots each has. */
  ofService(service: ServiceKey): ReadonlyMap<string, number>;
  /** Ids of the nodes on which the slot has a seat. */
  ofSlot(service: ServiceKey, slot: number): readonly string[];
  /** Ids of the nodes that have the volume. */
  pinned(volume: string): ReadonlySet<string>;
  /** A seat on a node that is not there any more counts for nobody but its volumes. */
  add(seat: Seat): void;
  /** The data of a volume are there, though no task may be. */
  pin(node: string, volume: string): void;
  /**
   * What is added to it is not in this one.
   * @param over the same nodes otherwise seen; as they are in this one unless given
   */
  fork(over?: Cluster): Ledger;
}

const NOWHERE: ReadonlyMap<string, number> = new Map();
const NO_NODE: ReadonlySet<string> = new Set();
const NO_SEAT: readonly string[] = [];

export function ledgerOf(cluster: Cluster, seats: Iterable<Seat>): Ledger {
  const ledger = createLedger(cluster);
  for (const seat of seats) ledger.add(seat);
  return ledger;
}

/** What it has not of its own it reads from `base`, which it never changes. */
function createLedger(cluster: Cluster, base?: Ledger): Ledger {
  const holdings: (OpenHolding | undefined)[] = cluster.nodes.map(() => undefined);
  const standings = base ? base.standings.slice() : Float64Array.from(cluster.nodes, (node) => standing(node, EMPTY));
  const services = new Map<ServiceKey, Map<string, number>>();
  const slots = new Map<string, readonly string[]>();
  const volumes = new Map<string, Set<string>>();
  const queues = new Map<string | undefined, Queues>();

  const ownOf = (number: number): OpenHolding => {
    const own = holdings[number] ?? (base ? copyOf(base.holding(number)) : emptyHolding());
    holdings[number] = own;
    return own;
  };
  const ledger: Ledger = {
    standings,
    queues(label) {
      const known = queues.get(label) ?? createQueues(cluster, label, standings);
      queues.set(label, known);
      return known;
    },
    holding: (number) => holdings[number] ?? base?.holding(number) ?? EMPTY,
    ofService: (service) => services.get(service) ?? base?.ofService(service) ?? NOWHERE,
    ofSlot: (service, slot) => slots.get(seatKey(service, slot)) ?? base?.ofSlot(service, slot) ?? NO_SEAT,
    pinned: (volume) => volumes.get(volume) ?? base?.pinned(volume) ?? NO_NODE,
    fork: (over = cluster) => createLedger(over, ledger),
    pin(node, volume) {
      const on = volumes.get(volume) ?? new Set(base?.pinned(volume));
      volumes.set(volume, on.add(node));
    },
    add(seat) {
      for (const volume of seat.pins) ledger.pin(seat.node, volume);
      const number = cluster.numberOf(seat.node);
      const node = number === undefined ? undefined : cluster.nodes[number];
      if (number === undefined || !node) return;
      const own = ownOf(number);
      const isNew = addTo(own, seat);
      standings[number] = standing(node, own);
      for (const queue of queues.values()) queue.risen(number);
      if (!isNew) return;
      slots.set(seatKey(seat.service, seat.slot), [...ledger.ofSlot(seat.service, seat.slot), seat.node]);
      const counts = services.get(seat.service) ?? new Map(base?.ofService(seat.service));
      services.set(seat.service, counts.set(seat.node, (counts.get(seat.node) ?? 0) + 1));
    },
  };
  return ledger;
}

const EMPTY: Holding = emptyHolding();
