import type { Candidate } from '../../core/route/pick.ts';
import type { Tally } from './tally.ts';
import type { ConnectionOwner } from './target-connection.ts';

/** Where a request may be sent: a task of this node, or another node that has some. */
export interface Destination extends Candidate {
  inflight: number;
  streams: number;
  requests: number;
  /** Answers of the app's own with 5xx. */
  errors: number;
  /** Of its revision. */
  readonly tally: Tally;
  /** Whose connections lead there. */
  readonly owner: ConnectionOwner;
  /** '' where another node chooses it. */
  readonly task: string;
  /** How the request is passed on to a data plane that is to choose; undefined: it goes to a task itself. */
  readonly ask?: RelayAsk | undefined;
  /** It takes no new requests for now: it could not be reached. @param by whose connection it was */
  takeOut(error: string, by: ConnectionOwner | undefined): void;
  /** A request that waits for a connection of this owner's could be sent there by another one. */
  hasOtherWay(by: ConnectionOwner): boolean;
  /** @param status that the client of the failed request is answered */
  blame(status: number): void;
}

/** What the data plane of another node must know of a request, beside the request. */
export interface RelayAsk {
  readonly pool: string;
  readonly revision: number;
}
