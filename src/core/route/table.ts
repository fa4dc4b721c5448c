import type { EngineTime } from '../clock.ts';
import { type Names, namedTasks } from '../names/names.ts';

/** Orders tables: a higher term wins, then a higher revision. */
export interface TableId {
  readonly cluster: string;
  readonly term: number;
  readonly revision: number;
}

/** Everything a data plane needs to serve: pure data, made by the master, acknowledged by each worker once in use. */
export interface Table {
  readonly id: TableId;
  /** Each once, however many routes lead to it. */
  readonly pools: readonly Pool[];
  readonly routes: readonly Route[];
  /** Every task that runs and has a port: routed ones, new ones that are probed, old ones that drain. */
  readonly targets: readonly Target[];
  /** Names that services are found by from within; none where no service has anybody to speak to. */
  readonly names?: Names | undefined;
  /** The data planes of other nodes: this one takes requests from them, and may send them some. None: it has no others. */
  readonly peers?: readonly PeerPlane[] | undefined;
}

/** The data plane of another node, and where it takes requests from others. */
export interface PeerPlane {
  /** Id of its node; what its certificate is for. */
  readonly node: string;
  /** Undefined: nobody knows where it is reached; requests may come from it all the same. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /**
   * A socket of this machine behind which it is, through its node's agent (`socketPath`): for requests while no connection to the
   * address comes about.
   */
  readonly through?: string | undefined;
}

/** An ingress rule. (host, path) is unique in a table. */
export interface Route {
  /** Lower case, no port, no trailing dot. */
  readonly host: string;
  /** A prefix of whole segments; `/` or without a trailing slash. */
  readonly path: string;
  readonly stripPrefix: boolean;
  /** The name of one of the table's pools. */
  readonly pool: string;
  /** Undefined: redirected once its host has a certificate. */
  readonly tls?: RouteTls | undefined;
}

/** What plain HTTP, and browsers, are told of TLS. */
export interface RouteTls {
  /** Plain HTTP is sent on to HTTPS: always, once the host has a certificate that somebody else vouches for, or never. */
  readonly redirect: (typeof REDIRECTS)[number];
  /** The value of `Strict-Transport-Security`; undefined: none is sent. */
  readonly hsts?: string | undefined;
}

export const REDIRECTS = ['always', 'certified', 'never'] as const;

/** Where the requests of a route go. */
export interface Pool {
  /** Unique in a table. A service's first pool is named like the service. */
  readonly name: string;
  /** `project/name`, for logs and counters. */
  readonly service: string;
  /** By which its requests are divided, a share for each revision that is to have its part; rolling uses one. */
  readonly shares: readonly Share[];
  /** Who gets which share, where more than one has a weight. */
  readonly split?: Split | undefined;
}

export const SPLIT_BY = ['request', 'client', 'header', 'cookie'] as const;

/**
 * What decides the share of a request. All but `request` give the same share to the same value while weights stay, and whoever
 * has the last share keeps it while that one grows. A request without the header or cookie goes by its client.
 *
 * - `request`: each for itself; the shares are exact over a few requests
 * - `client`: the client's address
 * - `header`, `cookie`: the value of the one that `name` names
 */
export interface Split {
  readonly by: (typeof SPLIT_BY)[number];
  /** Of the header, in lower case, or of the cookie. */
  readonly name?: string | undefined;
  /** Goes into the hash, so that not the same clients are first each time: another one for each deployment. */
  readonly salt: string;
}

/** Within a share the target with the least requests in flight is chosen. One without a target that serves gives its part to the others. */
export interface Share {
  /** Of the sum of all weights in the pool. */
  readonly weight: number;
  /** Task ids, each in `targets`. */
  readonly targets: readonly string[];
  /** Tasks of other nodes: their data planes choose among them. None: all are in `targets`. */
  readonly others?: readonly OtherTasks[] | undefined;
}

/** Tasks of one revision on another node. */
export interface OtherTasks {
  /** One of the table's peers. */
  readonly node: string;
  readonly revision: number;
  /** How many they are. Of those that are ready its data plane tells with each request. */
  readonly weight: number;
}

/** The address of one task. Same task and container with a new `startedAt` is a restarted one: not ready until probed. */
export interface Target {
  readonly task: string;
  /** `project/name` */
  readonly service: string;
  readonly revision: number;
  readonly address: string;
  readonly port: number;
  readonly container: string;
  readonly startedAt: EngineTime;
  readonly probe: Probe;
}

export interface Probe {
  /** HTTP GET of this path, passed by 2xx or 3xx; without it a TCP connection passes. */
  readonly path?: string | undefined;
  /** Whom the request names as its `Host`: then it comes as from the ingress. Without it, the address and port. */
  readonly host?: string | undefined;
  readonly port: number;
  /** Between probes once ready, ms. */
  readonly interval: number;
  readonly timeout: number;
  /** Misses in a row that take a ready target out. */
  readonly failures: number;
}

export const compareTables = (a: TableId, b: TableId): number => a.term - b.term || a.revision - b.revision;

export const isSameTable = (a: TableId | null, b: TableId | null): boolean =>
  a === b || (a !== null && b !== null && a.cluster === b.cluster && compareTables(a, b) === 0);

/** The tasks that a table routes to. A pool that no route leads to gets no request. */
export function routedTasks({ pools, routes }: Pick<Table, 'pools' | 'routes'>): ReadonlySet<string> {
  const named = new Set(routes.map(({ pool }) => pool));
  const used = pools.filter(({ name }) => named.has(name));
  return new Set(used.flatMap(({ shares }) => shares.flatMap(({ targets }) => targets)));
}

/** The tasks that somebody may be sent to by a table: by its routes or by its names. */
export const listedTasks = (table: Pick<Table, 'pools' | 'routes' | 'names'>): ReadonlySet<string> =>
  new Set([...routedTasks(table), ...namedTasks(table.names)]);
