import { type Collection, type Stored, unchanged } from './collection.ts';
import type { Compare, Op } from './contract.ts';
import type { ClusterValue } from './state.ts';

/** A number that is taken by the transaction which holds both parts; if it fails, another took it: read again. */
export interface Claim {
  readonly number: number;
  readonly compare: Compare;
  readonly op: Op;
}

/**
 * The number after the last one, such as the id of the next deployment. Put into the transaction that writes what it
 * numbers, so that no number is given twice or left out.
 * @param last as read from the cluster's values; undefined before the first, which is 1
 */
export function claimNext(
  cluster: Collection<ClusterValue>,
  name: ClusterValue['name'],
  last: Stored<ClusterValue> | undefined,
): Claim {
  const value: ClusterValue = { name, number: (last?.value.number ?? 0) + 1 };
  const compare = last === undefined ? cluster.absent(value) : unchanged(last);
  return { number: value.number ?? 1, compare, op: cluster.put(value) };
}
