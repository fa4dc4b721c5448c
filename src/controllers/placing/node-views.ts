import { isIngress, type Node } from '../../core/model/node.ts';
import type { NodeView } from '../../core/schedule/node-view.ts';
import type { World } from '../world.ts';

/** The nodes that services may be put on, as placing sees them. */
export const nodeViews = (nodes: readonly Node[], world: Pick<World, 'candidate'>): readonly NodeView[] =>
  nodes.flatMap((node) => {
    const { id, name, availability, labels = {} } = node;
    const candidate = world.candidate(id);
    return candidate ? [{ id, name, availability, labels, isIngress: isIngress(node), ...candidate }] : [];
  });
