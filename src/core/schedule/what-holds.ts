import type { NodeView } from './node-view.ts';
import type { Wanted } from './wanted.ts';

/** What keeps tasks of the service on a node they are on, whatever becomes of it; undefined if nothing does. */
export function whatHolds({ pins, placement }: Wanted, node: Pick<NodeView, 'id' | 'name'>): string | undefined {
  const [volume] = pins;
  if (volume !== undefined) return `the data of its volume ${volume} are on ${node.name}`;
  const isNamed = placement.node === node.name || placement.node === node.id;
  return isNamed ? `\`placement.node\` is ${placement.node}` : undefined;
}
