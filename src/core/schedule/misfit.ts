import type { PlacementSpec } from '../model/service-spec.ts';
import type { NodeView } from './node-view.ts';

/** Why tasks with this placement may not be on the node, as a clause; undefined if they may. `spread` forbids nothing. */
export function misfit(
  { node, labels = {} }: PlacementSpec,
  home: Pick<NodeView, 'id' | 'name' | 'labels'>,
): string | undefined {
  if (node !== undefined && node !== home.name && node !== home.id) return `\`placement.node\` is ${node}`;
  const missing = Object.entries(labels).find(([label, value]) => home.labels[label] !== value);
  return missing && lacks(missing);
}

export const lacks = ([label, value]: readonly [string, string]): string => `it has no label ${label}=${value}`;
