import { nearest } from '../model/schema/nearest.ts';
import type { NodeView } from './node-view.ts';

/** The one node that `placement.node` leaves, by its name or id, or what is wrong with it. */
export type Named = { readonly node: NodeView } | { readonly problem: string };

/** How many names a sentence bears. */
const NAMES = 10;

export function namedNode(name: string, nodes: readonly NodeView[]): Named {
  const found = nodes.filter((node) => node.name === name || node.id === name);
  const [node] = found;
  if (!node) return { problem: `no node is called ${name}: ${candidates(name, nodes)}` };
  if (found.length === 1) return { node };
  const all = found.map((each) => `${each.name} (id ${each.id})`);
  return { problem: `several nodes are called ${name}: ${all.join(', ')}` };
}

function candidates(name: string, nodes: readonly NodeView[]): string {
  if (nodes.length === 0) return 'there is no node';
  const names = nodes.map((node) => node.name).sort();
  const near = nearest(name, names);
  if (near !== undefined) return `did you mean ${near}?`;
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : '';
  return `there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, NAMES).join(', ')}${more}`;
}
