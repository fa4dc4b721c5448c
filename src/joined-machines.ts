import type { Cluster } from './controllers/cluster.ts';
import { createIngressLink } from './controllers/ingress/link.ts';
import type { KnownLinks } from './controllers/ingress/links.ts';
import type { TrafficKeeper } from './controllers/ingress/traffic.ts';
import { OrcaError } from './core/errors.ts';
import type { Node } from './core/model/node.ts';
import type { GivenEdge } from './core/nodes/wire.ts';
import type { Engine } from './engine/engine.ts';
import type { KnownEngines } from './engine/engines.ts';
import type { Registries } from './engine/registry.ts';
import { createJoinedEngine, openOrFailed } from './joined-engine.ts';
import type { Log } from './telemetry/log.ts';
import { createDoors, type Doors } from './tunnel/doors.ts';
import type { Wire } from './tunnel/wire.ts';

export interface JoinedMachinesOptions {
  readonly engines: KnownEngines;
  readonly links: KnownLinks;
  /** Undefined while the node port is closed. */
  readonly wire: (id: string) => Wire | undefined;
  readonly traffic: Pick<TrafficKeeper, 'hear' | 'forget'>;
  readonly cluster: Cluster;
  readonly registries: Registries;
  readonly log: Log;
  readonly clock: { now(): number };
}

/** The engine and the data plane of each node that joined, over its wire: there as long as the node is of the cluster, away or not. */
export interface JoinedMachines {
  /** Those are all. The same again changes nothing. */
  follow(nodes: readonly Pick<Node, 'id' | 'name'>[]): void;
  /** Of one that was followed. @throws OrcaError `unavailable` */
  engine(id: string): Engine;
  /** Ways to their data planes, for that of this machine. */
  readonly doors: Pick<Doors, 'name' | 'problem'>;
  /** The wire to a node, which may be away. @throws OrcaError `unavailable` while there is none to any */
  reach(id: string): Wire;
  /** Tells a node of its edge network. Rejects with `unavailable` while it is away. */
  giveEdge(id: string, edge: GivenEdge): Promise<void>;
  /** Their data planes run on. */
  close(): void;
}

/** A node that is away is dialled again this often, ms: nothing is sent for it. */
const PAUSES = { first: 100, longest: 2_000 };

export function createJoinedMachines(options: JoinedMachinesOptions): JoinedMachines {
  const { engines, links, wire, traffic, cluster, registries, log, clock } = options;
  const names = new Map<string, string>();

  const nameOf = (id: string) => names.get(id) ?? id;
  const reach = (id: string): Wire => {
    const found = wire(id);
    if (found) return found;
    throw new OrcaError(
      'unavailable',
      `node "${nameOf(id)}" cannot be reached: the node port of this server is closed`,
    );
  };

  const doors = createDoors({ connect: (id) => openOrFailed(() => reach(id).connect('relay', 'relayed')), log });

  const come = (id: string) => {
    const engine = createJoinedEngine({
      wire: () => reach(id),
      name: () => nameOf(id),
      cluster: cluster.id,
      registries,
    });
    engines.add(id, engine);
    const link = createIngressLink({
      cluster: cluster.id,
      term: cluster.term,
      dial: () => openOrFailed(() => reach(id).connect('ingress', 'quick')),
      pauses: PAUSES,
      onTraffic: (life, revisions) => traffic.hear(life, revisions, id),
      log: log.child({ node: nameOf(id) }),
      clock,
    });
    links.add(id, link);
    doors.open(id);
    link.start();
  };

  const go = (id: string) => {
    names.delete(id);
    traffic.forget(id);
    doors.shut(id);
    links.of(id)?.close();
    links.remove(id);
    engines.remove(id);
  };

  return {
    follow(nodes) {
      const before = new Set(names.keys());
      for (const { id, name } of nodes) names.set(id, name);
      for (const { id } of nodes) if (!before.has(id)) come(id);
      const now = new Set(nodes.map(({ id }) => id));
      for (const id of before) if (!now.has(id)) go(id);
    },
    engine: (id) => engines.of(id),
    doors,
    reach,
    // What came of it stands in its status, also later.
    giveEdge: async (id, edge) => void (await reach(id).giveEdge(edge)),
    close() {
      doors.close();
      for (const id of names.keys()) links.of(id)?.close();
    },
  };
}
