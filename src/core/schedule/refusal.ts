import type { NodeView } from './node-view.ts';

/** Why a node does not take a task. */
export interface Refusal {
  /** Said once for all nodes that are refused by the same. */
  readonly rule: string;
  /** What is wrong with the node, without its name: `drained`. */
  readonly why: string;
  /** Where it is short of something: how much there is, and the same as `why` for the node that has most of several. */
  readonly short?: { readonly left: number; readonly atMost: string } | undefined;
}

export interface Refused extends Refusal {
  readonly node: Pick<NodeView, 'id' | 'name'>;
}

/** `2 nodes: not enough memory (512 MiB wanted, at most 100 MiB of 2.0 GiB not reserved); worker-3: it is drained` */
export function explain(refused: readonly Refused[]): string {
  if (refused.length === 0) return 'there is no node';
  const groups = [...Map.groupBy(refused, ({ rule }) => rule).values()];
  return groups
    .sort((a, b) => b.length - a.length || ((a[0]?.rule ?? '') < (b[0]?.rule ?? '') ? -1 : 1))
    .map(explainGroup)
    .join('; ');
}

/** What the other nodes say, to who is on one that it should leave. */
export const explainOthers = ({ why, refused }: { why: string; refused: readonly Refused[] }, own: string): string =>
  refused.length === 0 ? why : explain(refused.filter(({ node }) => node.id !== own));

function explainGroup(group: readonly Refused[]): string {
  const left = ({ short }: Refused) => short?.left ?? 0;
  const [best] = [...group].sort((a, b) => left(b) - left(a) || (a.node.id < b.node.id ? -1 : 1));
  if (!best) return '';
  if (group.length === 1) return `${best.node.name}: ${best.why}`;
  return `${group.length} nodes: ${best.short?.atMost ?? best.why}`;
}
