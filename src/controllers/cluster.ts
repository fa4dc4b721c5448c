import { OrcaError } from '../core/errors.ts';
import type { ClusterValue } from '../core/model/cluster-value.ts';
import { unchanged } from '../store/collection.ts';
import type { State } from '../store/state.ts';

/** Which cluster this store is of, and the how-manieth master this is. */
export interface Cluster {
  /** Made at the first start; labels everything orca creates. */
  readonly id: string;
  /** One more than any master before. */
  readonly term: number;
}

/** Makes the cluster's id at the first start, and takes the next term. */
export async function takeTerm(state: State, newId: () => string): Promise<Cluster> {
  const [identity, term] = await Promise.all([state.cluster.get('identity'), state.cluster.get('term')]);
  const who: ClusterValue = identity?.value ?? { name: 'identity', id: newId() };
  const next: ClusterValue = { name: 'term', number: (term?.value.number ?? 0) + 1 };
  const { succeeded } = await state.store.txn({
    compare: [
      identity ? unchanged(identity) : state.cluster.absent(who),
      term ? unchanged(term) : state.cluster.absent(next),
    ],
    then: [...(identity ? [] : [state.cluster.put(who)]), state.cluster.put(next)],
  });
  if (!succeeded) throw new OrcaError('conflict', 'another master has just started on this store');
  return { id: who.id ?? '', term: next.number ?? 1 };
}
