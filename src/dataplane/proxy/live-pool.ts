import { clientNetwork } from '../../core/route/client-network.ts';
import { pickTarget, type WeightedShare } from '../../core/route/pick.ts';
import { nextPoint, pointOf, seedOf } from '../../core/route/point.ts';
import type { Split } from '../../core/route/table.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { Client } from './peer.ts';
import { splitValue } from './split-value.ts';
import type { Tally } from './tally.ts';
import type { TargetState } from './target-state.ts';

/** Workers begin at different turns, so that together they do not send each first request to the same target. */
const PHASES = 10_000;

/** What the newest table says of a pool. */
interface Contents {
  /** `project/name` */
  readonly service: string;
  readonly shares: readonly WeightedShare<TargetState>[];
  readonly split: Split | undefined;
  /** Counts requests that no task has seen. */
  readonly unserved: Tally;
}

/** Who asks, as a pool may be split by it. */
export interface Asker {
  readonly head: RequestHead;
  readonly client: Client | undefined;
}

/**
 * A pool of the table in use: one for all the routes that lead to it. It lives on from table to table, and its turns with it:
 * tables come with every restart and probe, and a small share that began anew with each would be off by more than it is.
 */
export class LivePool {
  #contents: Contents;
  #seed = 0;
  #point = Math.random();
  #turn = Math.floor(Math.random() * PHASES);

  constructor(contents: Contents) {
    this.#contents = contents;
    this.use(contents);
  }

  get service(): string {
    return this.#contents.service;
  }

  get unserved(): Tally {
    return this.#contents.unserved;
  }

  use(contents: Contents): void {
    this.#contents = contents;
    this.#seed = seedOf(contents.split?.salt ?? '');
  }

  /** Where a request falls among the shares. Once for each, however often it is tried. */
  pointFor({ head, client }: Asker): number {
    const { shares, split } = this.#contents;
    if (shares.length < 2) return 0;
    if (split === undefined || split.by === 'request') {
      this.#point = nextPoint(this.#point);
      return this.#point;
    }
    const value = splitValue(split, head);
    return pointOf(value === '' ? clientNetwork(client?.address ?? '') : value, this.#seed);
  }

  /** The target for the next try of a request at `point`. */
  pick(point: number): TargetState | undefined {
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    return pickTarget(this.#contents.shares, point, this.#turn);
  }

  /** Whether a request could go to a target other than this one. */
  servesBeside(target: TargetState): boolean {
    return this.#contents.shares.some((share) => share.targets.some((other) => other !== target && other.serving));
  }
}
