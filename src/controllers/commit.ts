import { OrcaError } from '../core/errors.ts';
import type { Compare, Op } from '../store/contract.ts';
import type { State } from '../store/state.ts';

/** Writes what a controller decided, all or nothing, and only while this master is the one. */
export type Commit = (compare: readonly Compare[], then: readonly Op[]) => Promise<void>;

/** What was decided on has changed meanwhile: no verdict on anybody; observe and decide again. */
export class StaleDecision extends OrcaError {
  constructor() {
    super('conflict', 'what was decided on has changed since');
  }
}

/**
 * Each write compares the term: a master that was paused and replaced cannot write any more.
 *
 * @throws StaleDecision if something compared has changed
 */
export function createCommit(state: State, term: number): Commit {
  const mine = state.cluster.equals({ name: 'term', number: term });
  return async (compare, then) => {
    const { succeeded } = await state.store.txn({ compare: [mine, ...compare], then });
    if (!succeeded) throw new StaleDecision();
  };
}
