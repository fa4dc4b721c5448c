import type { Node } from '../../core/model/node.ts';
import { unservedBecause } from '../../core/nodes/relay-state.ts';
import type { NodeView } from '../../core/schedule/node-view.ts';
import type { World } from '../world.ts';

/** The nodes that services may be put on, as placing sees them. */
export const nodeViews = (nodes: readonly Node[], world: Pick<World, 'candidate'>): readonly NodeView[] => {
  const nameOf = (id: string) => nodes.find((one) => one.id === id)?.name ?? id;
  return nodes.flatMap((node) => {
    const { id, name, availability, labels = {} } = node;
    const candidate = world.candidate(id);
    if (!candidate) return [];
    const { unreached = [], ...seen } = candidate;
    const unserved = unservedBecause(node, unreached, nameOf);
    return [{ id, name, availability, labels, ...(unserved !== undefined && { unserved }), ...seen }];
  });
};
