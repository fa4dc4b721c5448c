import { unchanged } from '../../store/collection.ts';
import type { Compare, Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';

/** Who changes the name of a node, or its CAs, looked at all of them before: nobody else changed one since. */
export interface Census {
  readonly compare: Compare;
  readonly counted: Op;
}

/** Read first, before anything that is decided on. */
export async function takeCensus(state: State): Promise<Census> {
  const stored = await state.cluster.get('nodes');
  const next = { name: 'nodes', number: (stored?.value.number ?? 0) + 1 } as const;
  return { compare: stored ? unchanged(stored) : state.cluster.absent(next), counted: state.cluster.put(next) };
}
