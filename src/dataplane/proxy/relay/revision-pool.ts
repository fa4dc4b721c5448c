import { pickTarget } from '../../../core/route/pick.ts';
import type { Destination } from '../destination.ts';
import type { LivePool } from '../live-pool.ts';
import type { RequestPool } from '../request-pool.ts';
import type { Tally } from '../tally.ts';
import type { TargetState } from '../target-state.ts';

/** This node's own tasks of one revision of a pool: what another node's data plane may ask for. */
export class RevisionPool implements RequestPool {
  readonly #pool: LivePool;
  readonly #revision: number;

  constructor(pool: LivePool, revision: number) {
    this.#pool = pool;
    this.#revision = revision;
  }

  get service(): string {
    return this.#pool.service;
  }

  get unserved(): Tally {
    return this.#pool.unserved;
  }

  /** How many can be sent requests now. */
  get ready(): number {
    return this.#own().filter(({ serving }) => serving).length;
  }

  pointFor(): number {
    return 0;
  }

  pick(): TargetState | undefined {
    return pickTarget([{ weight: 1, targets: this.#own() }], 0, this.#pool.nextTurn());
  }

  servesBeside(destination: Destination): boolean {
    return this.#own().some((target) => target !== destination && target.serving);
  }

  get reachesFar(): boolean {
    return false;
  }

  #own(): readonly TargetState[] {
    return this.#pool.ownTargets().filter(({ target }) => target.revision === this.#revision);
  }
}
