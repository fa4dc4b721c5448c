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
  readonly tasks: readonly NamedTask[];
}

export interface NamedTask {
  readonly task: string;
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
