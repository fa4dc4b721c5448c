import { BUCKETS, bucketOf } from '../../core/traffic/histogram.ts';
import { CLASSES, type RevisionTraffic } from '../../core/traffic/traffic.ts';

/** In the place of a revision: of requests that no task has seen. */
export const UNSERVED = 0;

const FAILED = CLASSES;
const ERRORS = CLASSES + 1;
const TIMES = CLASSES + 2;

/** What this worker counted of one revision and has not told yet. Counting is a few additions in one array. */
export class Tally {
  readonly service: string;
  readonly revision: number;
  readonly #cells = new Uint32Array(TIMES + BUCKETS);
  #ms = 0;
  #changed = false;

  constructor(service: string, revision: number) {
    this.service = service;
    this.revision = revision;
  }

  get changed(): boolean {
    return this.#changed;
  }

  /**
   * Once for each request.
   * @param status 0: its client left before there was an answer
   * @param ms from its head to the answer's
   */
  answered(status: number, ms: number): void {
    const cells = this.#cells;
    const kind = status >= 600 ? 5 : (status / 100) | 0;
    cells[kind] = (cells[kind] ?? 0) + 1;
    if (kind === 5) this.#add(ERRORS);
    this.#add(TIMES + bucketOf(ms));
    this.#ms += ms;
    this.#changed = true;
  }

  /** By the target's fault, after `answered` or before it. @param status sent, or to be sent */
  failed(status: number): void {
    this.#add(FAILED);
    if (status < 500) this.#add(ERRORS);
    this.#changed = true;
  }

  /** What came since the last call. */
  take(): RevisionTraffic {
    const cells = this.#cells;
    const buckets: number[] = [];
    for (let at = 0; at < BUCKETS; at += 1) {
      const count = cells[TIMES + at] ?? 0;
      if (count > 0) buckets.push(at, count);
    }
    const { service, revision } = this;
    const taken = {
      service,
      revision,
      classes: [...cells.subarray(0, CLASSES)],
      failed: cells[FAILED] ?? 0,
      errors: cells[ERRORS] ?? 0,
      seconds: this.#ms / 1000,
      buckets,
    };
    cells.fill(0);
    this.#ms = 0;
    this.#changed = false;
    return taken;
  }

  #add(cell: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
  }
}

/** One for each revision, however many targets it has. */
export class Tallies {
  readonly #tallies = new Map<string, Tally>();

  of(service: string, revision: number): Tally {
    const key = `${service}/${revision}`;
    const known = this.#tallies.get(key);
    if (known !== undefined) return known;
    const tally = new Tally(service, revision);
    this.#tallies.set(key, tally);
    return tally;
  }

  /** What came since the last call. Those that are not in use are forgotten then. */
  take(inUse: ReadonlySet<Tally>): readonly RevisionTraffic[] {
    const taken: RevisionTraffic[] = [];
    for (const [key, tally] of this.#tallies) {
      if (tally.changed) taken.push(tally.take());
      if (!inUse.has(tally)) this.#tallies.delete(key);
    }
    return taken;
  }
}
