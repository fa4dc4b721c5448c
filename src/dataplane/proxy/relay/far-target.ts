import type { Destination, RelayAsk } from '../destination.ts';
import type { Tally } from '../tally.ts';
import type { ConnectionOwner } from '../target-connection.ts';
import { TICK, type Ticker } from '../ticker.ts';
import type { FarNode } from './far-node.ts';

/** Tasks of one revision of a pool on another node, whose data plane chooses among them. */
export class FarTarget implements Destination {
  inflight = 0;
  streams = 0;
  requests = 0;
  errors = 0;
  /** Of its revision, as the newest table has it. */
  tally: Tally;
  readonly task = '';
  readonly node: FarNode;
  readonly ask: RelayAsk;
  readonly #ticker: Ticker;
  #tasks = 0;
  /** Of those the ones that are ready, as last told. */
  #ready = 0;
  /** None of them was ready: not asked again until then, on the ticker. */
  #restsUntil = 0;

  constructor(node: FarNode, ask: RelayAsk, tally: Tally, ticker: Ticker) {
    this.node = node;
    this.ask = ask;
    this.tally = tally;
    this.#ticker = ticker;
  }

  get owner(): ConnectionOwner {
    return this.node.way;
  }

  get serving(): boolean {
    if (this.#restsUntil > 0 && this.#ticker.now >= this.#restsUntil) this.#restsUntil = 0;
    return this.#restsUntil === 0 && this.#tasks > 0 && this.node.up;
  }

  get weight(): number {
    return this.#ready;
  }

  /** @param tasks how many there are, as the table says */
  use(tasks: number, tally: Tally): void {
    this.tally = tally;
    if (tasks !== this.#tasks) this.#ready = tasks;
    this.#tasks = tasks;
  }

  /** @param ready as its data plane says: no more than the table has count */
  took(ready: number): void {
    this.#ready = Math.max(1, Math.min(ready, this.#tasks));
  }

  /** Its data plane says that none is ready, or does not know of them yet. */
  rest(): void {
    this.#restsUntil = this.#ticker.now + TICK;
  }

  takeOut(error: string, by: ConnectionOwner | undefined): void {
    this.node.takeDown(error, by);
  }

  hasOtherWay(by: ConnectionOwner): boolean {
    return this.node.hasOther(by);
  }

  blame(status: number): void {
    this.tally.failed(status);
  }
}
