import type { Destination } from './destination.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { Client } from './peer.ts';
import type { Tally } from './tally.ts';

/** Who asks, as a pool may be split by it. */
export interface Asker {
  readonly head: RequestHead;
  readonly client: Client | undefined;
}

/** Where the requests of a route go. */
export interface RequestPool {
  /** `project/name` */
  readonly service: string;
  /** Counts requests that no task has seen. */
  readonly unserved: Tally;
  /** Where a request falls among the shares. Once for each, however often it is tried. */
  pointFor(asker: Asker): number;
  /** Where the next try of a request at `point` goes. */
  pick(point: number): Destination | undefined;
  /** Other nodes have tasks for it, too: where none serves at the moment, one may in the next. */
  readonly reachesFar: boolean;
  /** Whether a request could go elsewhere. */
  servesBeside(destination: Destination): boolean;
}
