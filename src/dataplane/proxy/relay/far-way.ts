import type { SecureContext } from 'node:tls';
import { connect } from 'node:tls';
import { socketPath } from '../../../core/route/local-socket.ts';
import { relayName } from '../../../core/route/relay-name.ts';
import type { ConnectionOwner, Opened, TargetConnection } from '../target-connection.ts';
import { TargetContention } from '../target-contention.ts';
import { Comeback, type ComebackOptions } from './comeback.ts';
import { ALPN, GREETING } from './protocol.ts';

/** Where a way begins: the other data plane itself, or a local socket behind which it is (`socketPath`). */
export type Place = { readonly host: string; readonly port: number } | { readonly socket: string };

export interface FarWayOptions extends Omit<ComebackOptions, 'onReach'> {
  /** Id of the node that it leads to. */
  readonly node: string;
  /** Its own key and certificate, and the CAs; undefined until they are known. */
  readonly context: () => SecureContext | undefined;
  /** `up`, `error` or `known` may be otherwise. */
  readonly onChange: () => void;
}

/** A dead peer is noticed within this and 10 s: TCP asks each second then, ms. */
const QUIET = 5_000;

/** One way to the data plane of another node, with the connections that are made by it. */
export class FarWay implements ConnectionOwner {
  readonly idle: TargetConnection[] = [];
  readonly contention = new TargetContention();
  readonly serial = false;
  readonly task = '';
  readonly node: string;
  routed = true;
  generation = 0;
  /** Why it leads nowhere; undefined while it does, or nobody knows. */
  error: string | undefined;
  readonly #options: FarWayOptions;
  readonly #comeback: Comeback;
  #place: Place | undefined;
  #met = false;

  constructor(options: FarWayOptions) {
    this.node = options.node;
    this.#options = options;
    this.contention.concurrent = true; // It is a proxy.
    this.#comeback = new Comeback(this, {
      ...options,
      keep: (connection) => this.#meet(connection),
      onReach: (_, error) => this.#note(error),
    });
  }

  /** There is somewhere to connect to. */
  get given(): boolean {
    return this.#place !== undefined;
  }

  /** Requests may be sent this way. */
  get up(): boolean {
    return !this.#comeback.isAwaited && this.canDial;
  }

  /** Somebody has answered this way, or it is known why nobody does. */
  get known(): boolean {
    return this.#met || this.error !== undefined;
  }

  get canDial(): boolean {
    return this.given && this.#options.context() !== undefined;
  }

  /** What is known of another place, and kept, is of no account. What is in use goes on. @returns whether it is another one */
  use(place: Place | undefined): boolean {
    if (JSON.stringify(place) === JSON.stringify(this.#place)) return false;
    this.#place = place;
    this.rest();
    return true;
  }

  /** Whether anybody answers is known before the first request finds out. */
  look(): void {
    if (this.given) this.#comeback.look();
  }

  /** Nobody answered. Looked for from now on, beside the requests: none waits for that. */
  takeDown(error: string): void {
    this.dropIdle();
    this.#met = false;
    this.#comeback.begin(error);
  }

  /** It is not needed: what is kept goes, and nobody is looked for. */
  rest(): void {
    this.generation += 1;
    this.#met = false;
    this.dropIdle();
    this.#comeback.end();
  }

  retire(): void {
    this.routed = false;
    this.rest();
  }

  /** @param alpn what is spoken on it: requests, unless it is said */
  open(alpn = ALPN): Opened {
    const secureContext = this.#options.context();
    const socket = connect({
      ...addressOf(this.#place),
      servername: relayName(this.node),
      ALPNProtocols: [alpn],
      minVersion: 'TLSv1.3',
      ...(secureContext && { secureContext }),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, QUIET);
    return { socket, greeting: GREETING };
  }

  dropIdle(unused = 0): void {
    const since = performance.now() - unused;
    const young = this.idle.findIndex(({ idleSince }) => idleSince > since);
    for (const connection of this.idle.splice(0, young < 0 ? this.idle.length : young)) connection.destroy();
  }

  #meet(connection: TargetConnection): void {
    this.#met = true;
    this.#options.keep(connection);
    this.#options.onChange();
  }

  #note(error: string | undefined): void {
    this.error = error;
    if (error !== undefined) this.#met = false;
    this.#options.onChange();
  }
}

const addressOf = (place: Place | undefined): { readonly path: string } | { readonly host?: string; port: number } => {
  if (place === undefined) return { port: 0 };
  return 'socket' in place ? { path: socketPath(place.socket) } : place;
};
