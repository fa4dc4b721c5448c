import { OrcaError } from '../../core/errors.ts';
import type { Node } from '../../core/model/node.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { unchanged } from '../../store/collection.ts';
import { type ChangeNodeOptions, changedOften, nodeNamed, TRIES } from './change.ts';

/** What a user may do with a node's place in the cluster. `undrain` ends a drain alone, `activate` whatever keeps tasks away. */
export type AvailabilityWish = 'drain' | 'undrain' | 'activate' | 'maintenance';

/**
 * Takes a node out of use, or back into it. Nothing is written where it is so already; that a drain is done is for controllers to see.
 * @throws OrcaError `not_found`; `conflict` to undrain a node in maintenance
 */
export async function changeAvailability(
  { state, clock }: ChangeNodeOptions,
  nameOrId: string,
  wish: AvailabilityWish,
  caller: Caller,
): Promise<Node> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const stored = await nodeNamed(state, nameOrId);
    const node = stored.value;
    const next = availabilityAfter(node, wish);
    if (next === node.availability) return node;
    const at = clock.now();
    const reason = `${WORDS[wish]} (by ${caller.name})`;
    const changed = { ...node, availability: next };
    const { succeeded } = await state.store.txn({
      compare: [unchanged(stored)],
      then: [state.nodes.put(changed), state.event({ kind: 'node', at, name: node.name, reason })],
    });
    if (succeeded) return changed;
  }
  throw changedOften(nameOrId);
}

const WORDS: Readonly<Record<AvailabilityWish, string>> = {
  drain: 'is drained: its tasks move to other nodes',
  undrain: 'takes tasks again',
  activate: 'takes tasks again',
  maintenance: 'is in maintenance: it takes no new tasks, and keeps those it has',
};

function availabilityAfter({ name, availability }: Node, wish: AvailabilityWish): Node['availability'] {
  switch (wish) {
    case 'drain':
      return availability === 'drained' ? 'drained' : 'draining';
    case 'maintenance':
      return 'maintenance';
    case 'undrain':
      if (availability !== 'maintenance') return 'active';
      throw new OrcaError('conflict', `${name} is in maintenance, and is not being drained`, {
        hint: `orca node activate ${name} takes it back into use`,
      });
    case 'activate':
      return 'active';
  }
}
