/** Who waits for a look at the sockets. What throws in `onLooked` keeps the others from theirs: it must not. */
export interface Looker {
  onLooked(): void;
}

/** A turn of the loop that took longer, ms, was held up: what has come since its look at the sockets was not seen. */
const HELD = 5;
const MOST_LOOKS = 4;

/**
 * Tells when the event loop has looked at every socket once more: what lay in the kernel before has been read by then. All
 * who wait are told together, so that under load a look costs none of them a system call of its own.
 */
export class Looks {
  #next: Looker[] = [];
  #looking: Looker[] = [];
  #looks = 0;
  #since = 0;
  #running = false;

  after(looker: Looker): void {
    this.#next.push(looker);
    if (this.#running) return;
    this.#running = true;
    this.#since = performance.now();
    setImmediate(this.#step);
  }

  /** Between two of these, which come behind the look at the sockets, lies exactly one of those. */
  readonly #step = (): void => {
    const now = performance.now();
    const held = now - this.#since > HELD && this.#looks < MOST_LOOKS;
    this.#since = now;
    this.#looks += 1;
    if (!held) this.#tell();
    this.#running = this.#looking.length + this.#next.length > 0;
    if (this.#running) setImmediate(this.#step);
  };

  #tell(): void {
    const looked = this.#looking;
    this.#looking = this.#next;
    this.#next = [];
    this.#looks = 0;
    for (const looker of looked) looker.onLooked();
  }
}
