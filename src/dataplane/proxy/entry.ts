import type { ProxyContext } from './context.ts';
import type { Fault } from './http1/fault.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { LiveRoute } from './live-table.ts';
import type { ProxyLimits } from './options.ts';
import { type Client, clientOf, type Peer } from './peer.ts';
import { REFUSALS } from './refusal.ts';
import type { RequestTarget } from './request-target.ts';

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
  answerTo(target: RequestTarget, route: LiveRoute | undefined): Fault | undefined;
  clientOf(head: RequestHead, authority: string): Client;
  /** What is said as soon as the request is on its way to a task; '' is nothing. */
  taken(route: LiveRoute, task: string): string;
}

/** From a client, by the table's routes. */
export class ClientEntry implements Entry {
  readonly limits: ProxyLimits;
  readonly counts = true;
  readonly patient = true;
  readonly unmatched = REFUSALS.unknownHost;
  readonly #context: Pick<ProxyContext, 'table' | 'challenges'>;
  readonly #peer: Peer;

  constructor(context: Pick<ProxyContext, 'table' | 'challenges' | 'limits'>, peer: Peer) {
    this.#context = context;
    this.limits = context.limits;
    this.#peer = peer;
  }

  match(_head: RequestHead, { host, path }: RequestTarget): LiveRoute | undefined {
    return this.#context.table.match(host, path);
  }

  answerTo({ path }: RequestTarget): Fault | undefined {
    return this.#peer.scheme === 'http' ? this.#context.challenges.answerTo(path) : undefined;
  }

  clientOf(head: RequestHead, authority: string): Client {
    return clientOf(this.#peer, head, authority);
  }

  taken(): string {
    return '';
  }
}
