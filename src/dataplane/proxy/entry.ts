import type { ProxyContext } from './context.ts';
import type { Fault } from './http1/fault.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { LiveRoute } from './live-table.ts';
import type { ProxyLimits } from './options.ts';
import { type Client, clientOf, type Peer } from './peer.ts';
import { REFUSALS } from './refusal.ts';
import type { RequestTarget } from './request-target.ts';
import { toHttps } from './tls/to-https.ts';

/** By which way a request comes in, and what follows from that. */
export interface Entry {
  readonly limits: ProxyLimits;
  /** Requests are counted, and logged, where they came in first. */
  readonly counts: boolean;
  /** A task that accepts no connection in time is waited for longer where no other serves: nobody else can be asked. */
  readonly patient: boolean;
  /** What is said where `match` finds nothing. */
  readonly unmatched: Fault;
  match(head: RequestHead, target: RequestTarget): LiveRoute | undefined;
  /** What the data plane says itself to a request that matches this route, or none; undefined: nothing. */
  answerTo(head: RequestHead, target: RequestTarget, route: LiveRoute | undefined): Fault | undefined;
  /** Header lines that answers of this route get, each with its CRLF. */
  linesFor(route: LiveRoute | undefined): string;
  clientOf(head: RequestHead, authority: string): Client;
  /** What is said as soon as the request is on its way to a task; '' is nothing. */
  taken(route: LiveRoute, task: string): string;
}

type Shared = Pick<ProxyContext, 'table' | 'challenges' | 'book' | 'httpsPort' | 'limits'>;

/** From a client in the clear, by the table's routes. */
export class ClientEntry implements Entry {
  readonly limits: ProxyLimits;
  readonly counts = true;
  readonly patient = true;
  readonly unmatched = REFUSALS.unknownHost;
  readonly #context: Shared;
  readonly #peer: Peer;

  constructor(context: Shared, peer: Peer) {
    this.#context = context;
    this.limits = context.limits;
    this.#peer = peer;
  }

  match(_head: RequestHead, { host, path }: RequestTarget): LiveRoute | undefined {
    return this.#context.table.match(host, path);
  }

  /** What a trusted proxy took by HTTPS has come by that. */
  answerTo({ forwardedProto }: RequestHead, target: RequestTarget, route: LiveRoute | undefined): Fault | undefined {
    const proof = this.#context.challenges.answerTo(target.path);
    if (proof !== undefined || route === undefined) return proof;
    return this.#peer.trusted && forwardedProto === 'https' ? undefined : toHttps(this.#context, target, route);
  }

  linesFor(_route: LiveRoute | undefined): string {
    return '';
  }

  clientOf(head: RequestHead, authority: string): Client {
    return clientOf(this.#peer, head, authority);
  }

  taken(): string {
    return '';
  }
}
