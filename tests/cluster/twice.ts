import { LABEL } from '../../src/core/model/container.ts';
import type { Cluster } from './cluster.ts';

/**
 * The longest time in which a slot was answered for by two containers that are not told to stop, ms. What nobody reaches counts from when it
 * is reached.
 */
export function watchTwice(cluster: Cluster): () => number {
  const since = new Map<string, number>();
  let longest = 0;
  cluster.time.onRest(() => {
    const now = cluster.time.now();
    const slots = Map.groupBy(
      cluster.nodes
        .filter((node) => node.isReached())
        .flatMap(({ machine }) => [...machine.boxes.values()].filter(({ view }) => machine.answers(view.name))),
      ({ view }) => `${view.labels[LABEL.service]}.${view.labels[LABEL.slot]}`,
    );
    for (const [slot, boxes] of slots) {
      if (boxes.length < 2) since.delete(slot);
      else longest = Math.max(longest, now - (since.get(slot) ?? since.set(slot, now).get(slot) ?? now));
    }
    for (const slot of since.keys()) if (!slots.has(slot)) since.delete(slot);
  });
  return () => longest;
}
