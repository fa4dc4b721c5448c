import type { EngineTime, PlaneTime } from '../clock.ts';
import type { SeriesTraffic } from '../traffic/messages.ts';
import type { CertificateSet } from './certificates.ts';
import type { ListChange } from './list-change.ts';
import type { DataPlaneSettings } from './settings.ts';
import type { Table, TableId } from './table.ts';
import type { TableChange } from './table-change.ts';

/**
 * The control protocol between a master and a data plane: one JSON document a line over a unix socket, both ways.
 * State, not edges: each connection begins with the whole of each subject, so a lost one costs nothing but a repeat. Where both
 * ends can, what is long is told from then on as a change of what was told before on the same connection.
 */
export const CONTROL_PROTOCOL = 2;
/** Where a data plane is spoken to, below its data folder. */
export const CONTROL_SOCKET = 'ingress/control.sock';
/** Longest line either side accepts, bytes. */
export const MAX_CONTROL_LINE = 16 * 1024 * 1024;

/** Longest table that is published, bytes as JSON: room is left for what a line has beside it. */
export const MAX_TABLE = MAX_CONTROL_LINE - 64 * 1024;

/** A data plane refuses another version than its own in these words, which a later master reads. */
export const otherVersion = (own: number, asked: number): string =>
  `this data plane speaks version ${own} of the control protocol, not ${asked}`;

/** The version that a data plane which refused says it speaks. */
export function versionIn(refusal: string): number | undefined {
  const version = /^this data plane speaks version (\d{1,9}) of the control protocol, not \d+$/.exec(refusal)?.[1];
  return version === undefined ? undefined : Number(version);
}

export type ToDataPlane =
  /** First, on each connection. A data plane refuses a master of another cluster or a lower term. */
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly cluster: string;
      readonly term: number;
      /** What it can read beside what every master of this version could from the start: `traffic`, `relay`, `changes`, `certificates`. */
      readonly wants?: readonly string[] | undefined;
      /**
       * Not a master, but who starts the data plane again when it ends: it rules nothing, is told the hello alone, and may ask it to
       * stop. A data plane from before this field takes it for a master.
       */
      readonly as?: 'keeper' | undefined;
    }
  | { readonly type: 'table'; readonly table: Table }
  /** A certificate for the key in its hello, and the CAs in force, PEM: with it requests go from node to node. To who has told such a key. */
  | { readonly type: 'relay'; readonly certificate: string; readonly ca: readonly string[] }
  /** What TLS is served with from now on, and what CAs are answered. To who takes `certificates`. */
  | { readonly type: 'certificates'; readonly set: CertificateSet }
  /** A later table, as a change of the last one on this connection. To who takes `changes`. */
  | { readonly type: 'change'; readonly change: TableChange }
  /** Stop accepting, finish what is in flight for at most `grace` ms, exit. */
  | { readonly type: 'stop'; readonly grace: number };

export type FromDataPlane =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly version: string;
      readonly pid: number;
      readonly startedAt: PlaneTime;
      /** What it was started with. One from before this field says nothing. */
      readonly settings?: DataPlaneSettings | undefined;
      /** TCP ports that it listens on, as the kernel has them. One from before this field says nothing. */
      readonly ports?: readonly number[] | undefined;
      /** The one of them that HTTPS is served on; undefined where none is. */
      readonly https?: number | undefined;
      /** The address at which it answers for names; undefined where it does not, or is from before this field. */
      readonly names?: string | undefined;
      /** Which locks it runs without, in words. One from before this field has workers of its supervisor's user. */
      readonly lacks?: readonly string[] | undefined;
      /** What it can divide the requests of a pool by. One from before this field divides them one by one, whatever the table says. */
      readonly splits?: readonly string[] | undefined;
      /**
       * Where it takes requests of other nodes' data planes once it has a certificate, and for which key (SPKI, PEM) it wants one. One
       * from before this field, or where that is off, does not.
       */
      readonly relay?: { readonly port: number; readonly key: string } | undefined;
      /** What it takes beside what every data plane of this version did from the start: `changes`, `certificates`. */
      readonly takes?: readonly string[] | undefined;
    }
  | { readonly type: 'refused'; readonly reason: string }
  /** Every worker, the draining ones too, with the table it has in use. Sent whenever it changes: this is the acknowledgement. */
  | { readonly type: 'workers'; readonly workers: readonly WorkerStatus[] }
  /** Every target of the newest table. Sent whenever it changes. `at`: when it was sent; one from before this field says nothing. */
  | { readonly type: 'health'; readonly targets: readonly TargetHealth[]; readonly at?: PlaneTime | undefined }
  /** The same as a change of the list that was told last on this connection, to a master that wants `changes`. */
  | { readonly type: 'health-change'; readonly change: ListChange<TargetHealth>; readonly at: PlaneTime }
  /** Every target with its counters since the data plane started. Sent when changed: at once when a target not in any route falls to no requests in flight, else at most every 250 ms. */
  | { readonly type: 'stats'; readonly targets: readonly TargetStats[] }
  /** As `health-change`. */
  | { readonly type: 'stats-change'; readonly change: ListChange<TargetStats> }
  /** Every revision with its counters. Sent to a master that wants it, when changed, at most once a second. */
  | { readonly type: 'traffic'; readonly revisions: readonly SeriesTraffic[] }
  /** How it gets on with other nodes: why it cannot listen for them, and which it cannot connect to. To a master that wants it. */
  | {
      readonly type: 'relay';
      readonly problem?: string | undefined;
      readonly unreached: readonly Unreached[];
    }
  /** The acknowledgement of a set of certificates. To a master that wants it. */
  | ({ readonly type: 'certificates' } & CertificatesInUse);

export interface CertificatesInUse {
  /** The set that every worker for requests uses; null while they differ, or have none. */
  readonly id: string | null;
  /** Why one of its certificates is not served, a sentence each. */
  readonly problems: readonly string[];
}

/** A node whose data plane cannot be connected to from another one. */
export interface Unreached {
  readonly node: string;
  readonly error: string;
  /** It was tried through the node's agent; without an error requests go that way. */
  readonly through?: { readonly error?: string | undefined } | undefined;
}

/** What is long may be told as a change: a word of `wants`, and of `takes`. */
export const CHANGES = 'changes';

export interface WorkerStatus {
  readonly id: number;
  readonly pid: number;
  readonly table: TableId | null;
  /** No longer accepts, still has connections. */
  readonly draining: boolean;
}

export interface TargetHealth {
  readonly task: string;
  readonly container: string;
  readonly startedAt: EngineTime;
  /** Two passes in a row since the start, and fewer than `failures` misses in a row since. */
  readonly ready: boolean;
  /** Has been ready at some time since this start: from then on misses are a fault, before they are a start. */
  readonly wasReady?: boolean | undefined;
  /** Since when `ready` has its value. */
  readonly since: PlaneTime;
  /** In a row. */
  readonly passes: number;
  readonly misses: number;
  /** Of the last miss, e.g. `GET /healthz answered 500` or `connection refused on 10.208.0.5:8080`. */
  readonly error?: string | undefined;
}

export interface TargetStats {
  readonly task: string;
  /** Plain requests without a whole answer yet. */
  readonly inflight: number;
  /** Upgraded connections, and event streams without an end. */
  readonly streams: number;
  readonly requests: number;
  /** Answers of the app's own with 5xx. */
  readonly errors: number;
  /** Requests the data plane had to answer 502 or 504 for, or cut. */
  readonly failed: number;
}
