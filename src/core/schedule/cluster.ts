import type { NodeView } from './node-view.ts';

/** All nodes, in the order of their ids: made once, used for many services. A node's number is its place in that order. */
export interface Cluster {
  readonly nodes: readonly NodeView[];
  node(id: string): NodeView | undefined;
  numberOf(id: string): number | undefined;
  /** Numbers of the nodes that are in use, by their value of a label, those without it under undefined; all together without a label. */
  groups(label: string | undefined): readonly Group[];
}

export interface Group {
  readonly value: string | undefined;
  readonly numbers: readonly number[];
}

const isInUse = ({ status, availability }: NodeView): boolean => status === 'ready' && availability === 'active';

export function clusterOf(nodes: readonly NodeView[]): Cluster {
  const sorted = [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
  const numbers = new Map(sorted.map(({ id }, number) => [id, number]));
  const grouped = new Map<string | undefined, readonly Group[]>();

  const group = (label: string | undefined): readonly Group[] => {
    const all = sorted.flatMap((node, number) => (isInUse(node) ? [number] : []));
    const labelOf = (number: number) => (label === undefined ? undefined : sorted[number]?.labels[label]);
    return [...Map.groupBy(all, labelOf)].map(([value, members]) => ({ value, numbers: members }));
  };
  return {
    nodes: sorted,
    numberOf: (id) => numbers.get(id),
    node: (id) => sorted[numbers.get(id) ?? -1],
    groups(label) {
      const known = grouped.get(label) ?? group(label);
      grouped.set(label, known);
      return known;
    },
  };
}
