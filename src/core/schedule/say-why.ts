import type { Cluster } from './cluster.ts';
import type { Holding } from './holding.ts';
import type { Ledger } from './ledger.ts';
import type { NodeView } from './node-view.ts';
import { toNano } from './seat.ts';
import type { Wanted } from './wanted.ts';

/**
 * Why a node was chosen, as a clause; the ledger is the one from before.
 *
 * @param stays the slot, if it has a seat there
 */
export function reasonFor(wanted: Wanted, node: NodeView, { cluster, ledger }: Known, stays?: number): string {
  if (stays !== undefined) return `${wanted.name}.${stays} stays where it is`;
  if (wanted.placement.node !== undefined) return '`placement.node` names it';
  const pin = wanted.pins.find((volume) => ledger.pinned(volume).has(node.id));
  if (pin !== undefined) return `the volume ${pin} is there`;
  const counts = ledger.ofService(wanted.service);
  const parts = [tasksText(counts.get(node.id) ?? 0, wanted.name)];
  const { spread } = wanted.placement;
  if (spread !== undefined) {
    const value = node.labels[spread];
    const others = [...counts].filter(([id]) => cluster.node(id)?.labels[spread] === value);
    const sum = others.reduce((all, [, count]) => all + count, 0);
    parts.push(
      `${value === undefined ? `nodes without ${spread}` : `${spread}=${value}`} ${sum === 0 ? 'has none' : `has ${sum}`}`,
    );
  }
  return [...parts, ...reservedText(node, ledger.holding(cluster.numberOf(node.id) ?? -1))].join(', ');
}

interface Known {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
}

const tasksText = (count: number, name: string): string =>
  count === 0 ? `no task of ${name} is there yet` : `few tasks of ${name} are there (${count})`;

function reservedText({ capacity }: NodeView, { memory, nanoCpu }: Holding): string[] {
  if (!capacity) return [];
  const part = Math.max(memory / Math.max(1, capacity.memory), nanoCpu / Math.max(1, toNano(capacity.cpu)));
  return [`${Math.round(part * 100)} % of it is reserved`];
}
