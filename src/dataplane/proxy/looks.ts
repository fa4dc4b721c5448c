/** Who waits for a look at the sockets. What throws in `onLooked` keeps the others from theirs: it must not. */
export interface Looker {
  onLooked(): void;
}

/** How old the last look at the sockets may be, ms: what came while the process was stopped behind it was not seen. */
const FRESH = 5;
const MOST_LOOKS = 3;

/**
 * Tells when the event loop is through with what it saw at a look at its sockets: what lay in any of them then has been read,
 * whoever's turn came first. All who wait are told together, and a loop that is busy looks often enough: to it this costs
 * no system call. One that was asleep looks once more, as nobody can tell when it saw what woke it.
 */
export class Looks {
  #waiting: Looker[] = [];
  #looks = 0;
  /** Of a moment before the last look. */
  #before = 0;

  after(looker: Looker): void {
    if (this.#waiting.length === 0) setImmediate(this.#looked);
    this.#waiting.push(looker);
  }

  /** Comes behind the events of one look, and before the next. */
  readonly #looked = (): void => {
    const now = performance.now();
    const fresh = now - this.#before <= FRESH;
    this.#before = now;
    this.#looks += 1;
    if (fresh || this.#looks === MOST_LOOKS) this.#tell();
    else setImmediate(this.#looked);
  };

  #tell(): void {
    const looked = this.#waiting;
    this.#waiting = [];
    this.#looks = 0;
    for (const looker of looked) looker.onLooked();
  }
}
