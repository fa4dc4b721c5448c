import type { Node } from '../../core/model/node.ts';
import { afterShown } from '../../core/nodes/renewal.ts';
import { unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import { type Commit, StaleDecision } from '../commit.ts';

/** The nodes that joined, as they were read last. */
export interface Roster {
  /** @returns the ids of those that were there, and are not any more */
  reload(): Promise<readonly string[]>;
  all(): readonly Node[];
  get(id: string): Node | undefined;
  /** Why a node is not let in that shows a certificate of the cluster with this key; undefined if it is. */
  refusal(id: string, key: string): string | undefined;
  /** The node is let in with the key that it showed last: those before it are over. */
  settle(id: string): Promise<void>;
}

export function createRoster(state: State, commit: Commit): Roster {
  let known = new Map<string, Node>();
  const shown = new Map<string, string>();

  return {
    async reload() {
      const { records } = await state.nodes.listReadable();
      const now = new Map(records.flatMap(({ value }) => (value.joined ? [[value.id, value] as const] : [])));
      const gone = [...known.keys()].filter((id) => !now.has(id));
      for (const id of gone) shown.delete(id);
      known = now;
      return gone;
    },
    all: () => [...known.values()],
    get: (id) => known.get(id),
    refusal(id, key) {
      const node = known.get(id);
      if (!node?.joined)
        return 'this node was removed from the cluster: to join again make a line with `orca node token`';
      if (!node.joined.certificates.some((one) => one.key === key))
        return `this certificate of ${node.name} is over: another one took its place`;
      shown.set(id, key);
      return undefined;
    },
    async settle(id) {
      const key = shown.get(id);
      if (key !== undefined) await keepFrom(state, commit, { id, key });
    },
  };
}

/** Ends the certificates of a node before the one with this key. Whoever changed the node meanwhile does not matter. */
export async function keepFrom(
  state: State,
  commit: Commit,
  { id, key }: { readonly id: string; readonly key: string },
): Promise<void> {
  for (;;) {
    const stored = await state.nodes.get(id);
    const joined = stored?.value.joined;
    const certificates = joined && afterShown(joined.certificates, key);
    if (!stored || !joined || !certificates) return;
    try {
      const node = { ...stored.value, joined: { ...joined, certificates } };
      return await commit([unchanged(stored)], [state.nodes.put(node)]);
    } catch (error) {
      if (!(error instanceof StaleDecision)) throw error;
    }
  }
}
