import type { Group } from './cluster.ts';
import { refusedForGood, refusedNow } from './filters/all.ts';
import type { Asked } from './filters/filter.ts';
import type { NodeView } from './node-view.ts';
import type { Queue } from './queue.ts';
import { NO_IMAGE, OF_SERVICE } from './rank.ts';

/** The best of all nodes for one more task of a service; undefined if none takes it. */
export type Choose = (slot: number) => NodeView | undefined;

/** @param asked what all slots of the service ask for; its ledger is read again at each choice */
export function createChoice(asked: Omit<Asked, 'slot'>): Choose {
  const { wanted, cluster, ledger } = asked;
  const { spread } = wanted.placement;
  const nodeOf = (number: number): NodeView => cluster.nodes[number] as NodeView;
  const { standings } = ledger;
  let counts = ledger.ofService(wanted.service);
  const rankOf = (number: number): number => {
    const standing = standings[number] as number;
    if (counts.size === 0 && !wanted.image) return standing;
    const { id } = nodeOf(number);
    const image = wanted.image && !wanted.image.on.has(id) ? NO_IMAGE : 0;
    return (counts.get(id) ?? 0) * OF_SERVICE + image + standing;
  };
  const any = { ...asked, slot: 0 };
  const fits = (number: number) => !refusedForGood(any, nodeOf(number));
  const queues = ledger.queues(spread).forService(rankOf, wanted.placement.labels && fits);

  return (slot) => {
    counts = ledger.ofService(wanted.service);
    const others = countByValue(asked, slot);
    for (;;) {
      const found = bestOf(queues, (value) => others.get(value) ?? 0, rankOf);
      if (!found) return undefined;
      const node = nodeOf(found.number);
      if (!refusedNow({ ...asked, slot }, node)) return node;
      found.queue.dropFirst();
    }
  };
}

type Value = Group['value'];

interface Best {
  readonly number: number;
  readonly queue: Queue;
  /** The lower the better, the first that differs decides. */
  readonly key: readonly number[];
}

/** Of the best of each group the one on the node with the fewest of the service, then in the group with the fewest. */
function bestOf(
  queues: readonly Queue[],
  countIn: (value: Value) => number,
  rankOf: (number: number) => number,
): Best | undefined {
  let best: Best | undefined;
  for (const queue of queues) {
    const number = queue.first();
    if (number === undefined) continue;
    const rank = rankOf(number);
    const key = [Math.floor(rank / OF_SERVICE), countIn(queue.value), rank % OF_SERVICE, number];
    if (!best || isLess(key, best.key)) best = { number, queue, key };
  }
  return best;
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** Tasks of the service by value of the label, but for what the slot itself has: it is about to leave that. */
function countByValue({ wanted, cluster, ledger }: Omit<Asked, 'slot'>, slot: number): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>();
  const { spread } = wanted.placement;
  if (spread === undefined) return counts;
  const add = (id: string, count: number) => {
    const value = cluster.node(id)?.labels[spread];
    counts.set(value, (counts.get(value) ?? 0) + count);
  };
  for (const [id, count] of ledger.ofService(wanted.service)) add(id, count);
  for (const id of ledger.ofSlot(wanted.service, slot)) add(id, -1);
  return counts;
}
