import { clientNetwork } from '../../core/route/client-network.ts';
import { pickTarget, type WeightedShare } from '../../core/route/pick.ts';
import { nextPoint, pointOf, seedOf } from '../../core/route/point.ts';
import type { Split } from '../../core/route/table.ts';
import type { Destination } from './destination.ts';
import type { Asker, RequestPool } from './request-pool.ts';
import { splitValue } from './split-value.ts';
import type { Tally } from './tally.ts';
import { TargetState } from './target-state.ts';

/** Workers begin at different turns, so that together they do not send each first request to the same target. */
const PHASES = 10_000;

/** What the newest table says of a pool. */
interface Contents {
  /** `project/name` */
  readonly service: string;
  readonly shares: readonly WeightedShare<Destination>[];
  readonly split: Split | undefined;
  /** Counts requests that no task has seen. */
  readonly unserved: Tally;
}

/**
 * A pool of the table in use: one for all the routes that lead to it. It lives on from table to table, and its turns with it:
 * tables come with every restart and probe, and a small share that began anew with each would be off by more than it is.
 */
export class LivePool implements RequestPool {
  #contents: Contents;
  #seed = 0;
  #reachesFar = false;
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

  get reachesFar(): boolean {
    return this.#reachesFar;
  }

  use(contents: Contents): void {
    this.#contents = contents;
    this.#seed = seedOf(contents.split?.salt ?? '');
    this.#reachesFar = contents.shares.some(({ targets }) => targets.some(({ ask }) => ask !== undefined));
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
  pick(point: number): Destination | undefined {
    return pickTarget(this.#contents.shares, point, this.nextTurn());
  }

  nextTurn(): number {
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    return this.#turn;
  }

  /** Tasks of this node, of all shares. */
  ownTargets(): readonly TargetState[] {
    const all = this.#contents.shares.flatMap(({ targets }) => targets);
    return all.filter((target) => target instanceof TargetState);
  }

  /** Whether a request could go to a target other than this one. */
  servesBeside(target: Destination): boolean {
    return this.#contents.shares.some((share) => share.targets.some((other) => other !== target && other.serving));
  }
}
