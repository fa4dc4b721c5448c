import { type ConnectionOwner, type ConnectionUser, TargetConnection } from '../target-connection.ts';
import type { Ticker, Watched } from '../ticker.ts';

interface Sought extends ConnectionOwner {
  readonly node: string;
  /** There is an address, and a certificate. */
  readonly canDial: boolean;
}

export interface ComebackOptions {
  readonly ticker: Ticker;
  readonly keep: (connection: TargetConnection) => void;
  /** It is not reached, and why; undefined: it is again. */
  readonly onReach: (node: string, error: string | undefined) => void;
  readonly onBug: (error: unknown) => void;
}

/** Between tries, ms: each pause is twice the last. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;
/** For one try, ms. */
const PATIENCE = 2_000;

/** Looks for a node that could not be reached until it can be: one connection at a time, which is kept then. */
export class Comeback implements ConnectionUser, Watched {
  readonly #node: Sought;
  readonly #options: ComebackOptions;
  #awaited = false;
  #told: string | undefined;
  #pause = FIRST_PAUSE;
  /** Of the next try, or the end of the one that is on; on the ticker. */
  #due = 0;
  #trial: TargetConnection | undefined;

  constructor(node: Sought, options: ComebackOptions) {
    this.#node = node;
    this.#options = options;
  }

  /** It is known not to be reached. */
  get isAwaited(): boolean {
    return this.#awaited;
  }

  /** Whether it is reached at all: known before a request finds out. */
  look(): void {
    this.end();
    this.#options.ticker.add(this);
  }

  begin(error: string): void {
    this.#tell(error);
    if (this.#awaited) return;
    this.#awaited = true;
    this.#pause = FIRST_PAUSE;
    this.#due = this.#options.ticker.now + this.#pause;
    this.#options.ticker.add(this);
  }

  end(): void {
    this.#awaited = false;
    this.#due = 0;
    this.#options.ticker.delete(this);
    this.#trial?.destroy();
    this.#trial = undefined;
    this.#tell(undefined);
  }

  onTick(): void {
    const { now } = this.#options.ticker;
    if (now < this.#due || !this.#node.canDial) return;
    if (this.#trial === undefined) this.#try(now);
    else this.onTargetClosed(new Error('no connection in time'));
  }

  onConnected(): void {
    const connection = this.#trial;
    this.#trial = undefined;
    this.end();
    if (connection !== undefined) this.#options.keep(connection);
  }

  onTargetClosed(error: Error | undefined): void {
    this.#trial?.destroy();
    this.#trial = undefined;
    this.#awaited = true;
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
    this.#due = this.#options.ticker.now + this.#pause;
    this.#tell(error?.message ?? 'it closed the connection');
  }

  onTargetData(): void {}
  onTargetEnd(): void {}
  onTargetDrain(): void {}

  onBroken(): void {
    this.onTargetClosed(undefined);
  }

  #try(now: number): void {
    this.#due = now + PATIENCE;
    this.#trial = new TargetConnection(this.#node, { user: this, watch: undefined, onBug: this.#options.onBug });
  }

  #tell(error: string | undefined): void {
    if (error === this.#told) return;
    this.#told = error;
    this.#options.onReach(this.#node.node, error);
  }
}
