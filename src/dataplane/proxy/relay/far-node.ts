import type { SecureContext } from 'node:tls';
import { connect } from 'node:tls';
import { relayName } from '../../../core/route/relay-name.ts';
import type { PeerPlane } from '../../../core/route/table.ts';
import type { ConnectionOwner, Opened, TargetConnection } from '../target-connection.ts';
import { TargetContention } from '../target-contention.ts';
import { Comeback, type ComebackOptions } from './comeback.ts';
import { ALPN, GREETING } from './protocol.ts';

export interface FarNodeOptions extends ComebackOptions {
  /** Its own key and certificate, and the CAs; undefined until they are known. */
  readonly context: () => SecureContext | undefined;
}

/** A dead peer is noticed within this and 10 s: TCP asks each second then, ms. */
const QUIET = 5_000;

/** The data plane of another node, as one worker sees it: connections to it are for all pools. */
export class FarNode implements ConnectionOwner {
  readonly node: string;
  readonly idle: TargetConnection[] = [];
  readonly contention = new TargetContention();
  readonly serial = false;
  routed = true;
  generation = 0;
  readonly #options: FarNodeOptions;
  readonly #comeback: Comeback;
  #peer: PeerPlane;

  constructor(peer: PeerPlane, options: FarNodeOptions) {
    this.node = peer.node;
    this.#peer = peer;
    this.#options = options;
    this.contention.concurrent = true; // It is a proxy.
    this.#comeback = new Comeback(this, options);
    this.#look();
  }

  get task(): string {
    return '';
  }

  /** Requests may be sent to it. */
  get up(): boolean {
    return !this.#comeback.isAwaited && this.canDial;
  }

  get canDial(): boolean {
    return this.#peer.address !== undefined && this.#peer.port !== undefined && this.#options.context() !== undefined;
  }

  use(peer: PeerPlane): void {
    const moved = peer.address !== this.#peer.address || peer.port !== this.#peer.port;
    this.#peer = peer;
    if (moved) this.#begin();
  }

  /** What is known of it, and kept, is of another place. What is in use goes on. */
  #begin(): void {
    this.generation += 1;
    this.dropIdle();
    this.#look();
  }

  /** Whether it is reached is known before the first request finds out. */
  #look(): void {
    if (this.#peer.address === undefined) this.#comeback.end();
    else this.#comeback.look();
  }

  /** It could not be reached. Looked for from now on, beside the requests: none waits for that. */
  takeDown(error: string): void {
    this.dropIdle();
    this.#comeback.begin(error);
  }

  retire(): void {
    this.routed = false;
    this.dropIdle();
    this.#comeback.end();
  }

  open(): Opened {
    const { address, port } = this.#peer;
    const secureContext = this.#options.context();
    const socket = connect({
      host: address,
      port: port ?? 0,
      servername: relayName(this.node),
      ALPNProtocols: [ALPN],
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
}
