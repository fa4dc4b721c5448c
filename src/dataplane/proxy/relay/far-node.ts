import type { PeerPlane } from '../../../core/route/table.ts';
import type { ConnectionOwner } from '../target-connection.ts';
import { FarWay, type FarWayOptions } from './far-way.ts';
import type { Reach } from './reach.ts';

export interface FarNodeOptions extends Omit<FarWayOptions, 'node' | 'onChange'> {
  /** How it is reached is not as it was told last. Undefined: directly, or nobody knows yet. */
  readonly onReach: (node: string, reach: Reach | undefined) => void;
}

const NO_ADDRESS = 'nobody knows its address';

/**
 * The data plane of another node, as one worker sees it: connections to it are for all pools. Where it cannot be connected to, and
 * the table names a local socket that leads there through its agent, requests go that way until a connection comes about again.
 */
export class FarNode {
  readonly node: string;
  readonly #options: FarNodeOptions;
  readonly #direct: FarWay;
  readonly #through: FarWay;
  #told = '';
  #isLooking = false;

  constructor(peer: PeerPlane, options: FarNodeOptions) {
    this.node = peer.node;
    this.#options = options;
    const make = () => new FarWay({ ...options, node: peer.node, onChange: () => this.#settle() });
    this.#direct = make();
    this.#through = make();
    this.use(peer);
  }

  /** By which a request is sent now. */
  get way(): FarWay {
    return !this.#direct.up && this.#through.up ? this.#through : this.#direct;
  }

  /** Requests may be sent to it. */
  get up(): boolean {
    return this.way.up;
  }

  /** Kept connections. */
  get kept(): number {
    return this.#direct.idle.length + this.#through.idle.length;
  }

  use({ address, port, through }: PeerPlane): void {
    const place = address === undefined || port === undefined ? undefined : { host: address, port };
    if (this.#direct.use(place)) this.#direct.look();
    if (this.#through.use(through === undefined ? undefined : { socket: through })) this.#isLooking = false;
    this.#settle();
  }

  /** Nobody answered. @param by the way that was tried; all of them unless given */
  takeDown(error: string, by?: ConnectionOwner): void {
    for (const way of [this.#direct, this.#through])
      if (way.given && (by === undefined || way === by)) way.takeDown(error);
    this.#settle();
  }

  /** A request that waits for a connection by this way could go by the other one. */
  hasOther(by: ConnectionOwner): boolean {
    return by === this.#direct && this.#through.canDial && this.#through.error === undefined;
  }

  retire(): void {
    this.#direct.retire();
    this.#through.retire();
  }

  dropIdle(unused?: number): void {
    this.#direct.dropIdle(unused);
    this.#through.dropIdle(unused);
  }

  /** The way through the agent is looked after only while it is needed. */
  #settle(): void {
    if (!this.#direct.routed) return;
    const isNeeded = this.#through.given && this.#problem() !== undefined;
    if (isNeeded !== this.#isLooking) {
      this.#isLooking = isNeeded;
      if (isNeeded) this.#through.look();
      else this.#through.rest();
    }
    this.#tell();
  }

  /** Why it is not reached directly. */
  #problem(): string | undefined {
    if (!this.#direct.given) return this.#through.given ? NO_ADDRESS : undefined;
    return this.#direct.error;
  }

  #tell(): void {
    const error = this.#problem();
    const { given, known, error: why } = this.#through;
    const through = given && known ? { ...(why !== undefined && { error: why }) } : undefined;
    const reach = error === undefined ? undefined : { error, ...(through && { through }) };
    const text = JSON.stringify(reach) ?? '';
    if (text === this.#told) return;
    this.#told = text;
    this.#options.onReach(this.node, reach);
  }
}
