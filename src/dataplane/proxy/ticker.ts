/** What throws in `onTick` keeps the others from theirs: it must not. */
export interface Watched {
  onTick(): void;
}

/** Ms. */
export const TICK = 100;

/**
 * The proxy's clock for deadlines: one timer for all connections instead of one each. It counts its own ticks, so
 * neither a changed system clock nor a stalled process makes everything late at once.
 */
export class Ticker {
  /** Ms since the start, in steps; at most one step behind. */
  now = 0;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#tick(), TICK);
  }

  delete(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.now += TICK;
    for (const watched of this.#watched) watched.onTick();
  }
}
