/** Who may ask for which names, and where they lead: part of a routing table, acknowledged with it. */
export interface Names {
  /** IPv4 subnet of the edge. Earlier data planes answer nobody else; later ones find it themselves. */
  readonly subnet: string;
  /** Projects whose tasks are told names. */
  readonly projects: readonly NamedProject[];
  readonly services: readonly NamedService[];
}

export interface NamedProject {
  readonly project: string;
  /** Addresses on the edge by which its tasks are known when they ask, from before they start. */
  readonly askers: readonly string[];
}

/** `web`, `web.shop.internal`. Without tasks it is a name, too. */
export interface NamedService {
  readonly project: string;
  readonly name: string;
  /** Other projects that it is told to. */
  readonly to: readonly string[];
  /** Those of the node that this is told to. */
  readonly tasks: readonly NamedTask[];
  /** Undefined where a name leads to tasks of the same node alone: there is one node, or none that takes connections of others. */
  readonly far?: Far | undefined;
}

/** How a service is reached from a node without being there: its data plane takes connections and carries them on. */
export interface Far {
  /** The service's own, the same on all nodes for as long as the service is there; one of `SERVICE_ADDRESSES`. */
  readonly address: string;
  /** TCP, sorted: those that are carried. */
  readonly ports: readonly number[];
  /** Where else its tasks are, each one of the table's peers. Data planes of these choose among them. */
  readonly others: readonly FarTasks[];
}

export interface FarTasks {
  readonly node: string;
  /** How many of them are up. */
  readonly tasks: number;
}

export interface NamedTask {
  readonly task: string;
  /** On its node's edge: connections from other nodes are carried there. Undefined where none are. */
  readonly edge?: string | undefined;
  /** It is ready when its probes say so; else it was ready when this was made. */
  readonly probed: boolean;
  /** Where it is found, by the project that asks. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Seconds. A task is stopped later than an answer that names it may be kept. */
export const NAME_TTL = 1;
/** The TTL, and 2 s for clients that keep an answer a little longer, or connect a little later. Design, section 5. ms */
export const NAME_OUTLIVES = NAME_TTL * 1000 + 2000;

/** Tasks that a table names, as those that it routes to. */
export const namedTasks = (names: Names | undefined): readonly string[] =>
  names?.services.flatMap(({ tasks }) => tasks.map(({ task }) => task)) ?? [];
