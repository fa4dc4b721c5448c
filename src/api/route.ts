import type { IncomingHttpHeaders } from 'node:http';
import type { BodyOf, Endpoint, ParamsOf, QueryOf } from '../contract/endpoint.ts';
import type { Caller } from '../identity/authenticate.ts';
import type { Reservation } from './http/budget.ts';
import type { Reply } from './reply.ts';

/** What came, as it came: for an endpoint that looks at the bytes before it believes any of them. */
export interface RawRequest {
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
  /** Bytes, as far as they were told. */
  readonly length: number | undefined;
  /**
   * The body.
   *
   * @param reserve takes memory as more of it comes, bytes: beside `FIRST`, which it takes at once
   * @throws OrcaError `too_large`, `malformed` if it ends early
   */
  read(limit: number, reserve: (bytes: number) => Promise<unknown>): Promise<Buffer>;
  /** Tells whom it turned out to come from, for the audit log. */
  identified(caller: Caller): void;
}

/** A request, parsed: all that a handler sees of it. */
export interface Call<E extends Endpoint = Endpoint> {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  /** `ANYONE` where the endpoint takes no token. */
  readonly caller: Caller;
  /** Aborts when the client goes away, and with `stopping`. */
  readonly signal: AbortSignal;
  /** Aborts when the server stops; of what goes on without end also when its token is none any more, with an OrcaError. */
  readonly stopping: AbortSignal;
  /** Asked for with `Accept`, rather than JSON. */
  readonly wantsLines: boolean;
  /** Stands in the answer and in the log. */
  readonly requestId: string;
  readonly lastEventId?: string | undefined;
  /** Where the endpoint's access is `signature`, nothing else was read of it. */
  readonly raw: RawRequest;
  /** Memory for what is read to answer, bytes, until the end of the answer. @throws OrcaError `unavailable` */
  readonly reserve: (bytes: number) => Promise<Reservation>;
}

export type Handler<E extends Endpoint> = (call: Call<E>) => Reply | Promise<Reply>;

/** An endpoint with what it does. Who may call it stands in the endpoint: there is no route without it. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly handle: Handler<Endpoint>;
  /** What answering takes beside the body, bytes; reserved with it. */
  readonly room?: number | undefined;
}

export const route = <E extends Endpoint>(endpoint: E, handle: Handler<E>, room = 0): Route => ({
  endpoint,
  handle: handle as unknown as Handler<Endpoint>,
  room,
});

/** A caller without a token: reads what is public, and no project. */
export const ANYONE: Caller = { id: '', name: 'anyone', role: 'viewer', projects: [] };
