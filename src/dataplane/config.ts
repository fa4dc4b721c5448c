import type { DataPlaneSettings } from '../core/route/settings.ts';
import type { ProxyLimits, ProxyTimeouts } from './proxy/options.ts';
import type { RelayAddress } from './proxy/relay/identity.ts';

/** What a data plane is told when it starts. `src/config.ts` reads it from the command line. */
export interface DataPlaneConfig {
  /** The cluster's directory, absolute; the data plane's own files are in `ingress` below it. */
  readonly data: string;
  /** Addresses and networks whose X-Forwarded-* are believed. */
  readonly trustedProxies: readonly string[];
  readonly limits: ProxyLimits;
  readonly timeouts: ProxyTimeouts;
  /** A descriptor that listens already; the supervisor never accepts on it, its workers do. Without one it only probes. */
  readonly httpFd?: number | undefined;
  /** The same for HTTPS, and the port that it listens on. */
  readonly https?: { readonly fd: number; readonly port: number } | undefined;
  /** Bound descriptors of a name server, and the address that they are bound to. Without them names are not answered for. */
  readonly names?: { readonly udp: number; readonly tcp: number; readonly address: string } | undefined;
  /** Where workers take requests of other nodes, once they have a certificate. Undefined: nothing goes from node to node. */
  readonly relay?: RelayAddress | undefined;
  /** Name servers for the outside world; the machine's own unless given. */
  readonly nameServers?: readonly string[] | undefined;
  /** Whom the supervisor becomes when started as root; else `orca-supervisor` or the fixed number. */
  readonly user?: User | undefined;
  /** Whom its workers become then; else `orca-ingress` or the fixed number. */
  readonly workerUser?: User | undefined;
  /** Worker processes; one per core by default. */
  readonly workers?: number | undefined;
  /** False: no access log. */
  readonly accessLog?: boolean | undefined;
  readonly version: string;
  /** All of this as its masters are told it. */
  readonly settings?: DataPlaneSettings | undefined;
  /** TCP ports behind `httpFd`, for its masters. */
  readonly ports?: readonly number[] | undefined;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Names in DIR/ingress, which is the working directory: after the drop of privileges nothing above it may be readable. */
export const FILE = {
  socket: 'control.sock',
  table: 'table.json',
  /** With their keys: no other user may read it. */
  certificates: 'certificates.json',
  accessLog: 'access.log',
  log: 'ingress.log',
} as const;

/** How long a data plane waits: for a master, before it serves the last table it had, and for its own workers. ms. */
export const PATIENCE = {
  /** Nobody has connected. */
  alone: 2000,
  /** A master has connected, but sends no table. */
  withMaster: 10_000,
  /** Until the targets of the first table have answered a probe or missed one. */
  probing: 1500,
  /** For a worker to answer what it was sent: then it is killed, within half as long again. */
  answer: 10_000,
} as const;

/** Exit codes of the supervisor; anything else is a crash. */
export const EXIT = {
  ok: 0,
  /** Another data plane answers on the control socket, or the settings cannot be followed. */
  refused: 2,
  /** A worker died and this user may not start another: to be started again as a whole. */
  stuck: 75,
} as const;
