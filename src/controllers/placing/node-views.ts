import type { Node } from '../../core/model/node.ts';
import type { NodeView } from '../../core/schedule/node-view.ts';
import type { World } from '../world.ts';

/** The nodes that services may be put on, as placing sees them. */
export const nodeViews = (nodes: readonly Node[], world: Pick<World, 'candidate'>): readonly NodeView[] =>
  nodes.flatMap(({ id, name, availability, labels = {} }) => {
    const candidate = world.candidate(id);
    return candidate ? [{ id, name, availability, labels, ...candidate }] : [];
  });
