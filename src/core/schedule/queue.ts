import type { Cluster, Group } from './cluster.ts';
import { copyOfHeap, dropFirst, type Heap, heapOf, raise } from './heap.ts';

/** Nodes of one group by their number, the lowest rank first. */
export interface Queue {
  readonly value: Group['value'];
  /** Its rank may have risen since it was looked at: it is read again. Undefined once none is left. */
  first(): number | undefined;
  dropFirst(): void;
}

/** All nodes that are in use by their standing alone: kept in order as standings rise, and copied for each service. */
export interface Queues {
  risen(number: number): void;
  /** @param rankOf no lower than the node's standing, and never falls */
  forService(rankOf: (number: number) => number, fits?: (number: number) => boolean): readonly Queue[];
}

export function createQueues(cluster: Cluster, label: string | undefined, standings: Float64Array): Queues {
  const places = new Int32Array(cluster.nodes.length).fill(-1);
  const heapAt: Heap[] = [];
  const groups = cluster.groups(label).map(({ value, numbers }) => {
    const heap = heapOf(numbers, (number) => standings[number] as number, places);
    for (const number of numbers) heapAt[number] = heap;
    return { value, numbers, heap };
  });
  return {
    risen(number) {
      const heap = heapAt[number];
      if (heap) raise(heap, places[number] as number, standings[number] as number);
    },
    forService: (rankOf, fits) =>
      groups.map(({ value, numbers, heap }) =>
        queueOf(value, fits ? heapOf(numbers.filter(fits), rankOf) : copyOfHeap(heap), rankOf),
      ),
  };
}

function queueOf(value: Group['value'], heap: Heap, rankOf: (number: number) => number): Queue {
  return {
    value,
    first() {
      while (heap.size > 0) {
        const number = heap.numbers[0] as number;
        const rank = rankOf(number);
        if (rank === heap.ranks[0]) return number;
        raise(heap, 0, rank);
      }
      return undefined;
    },
    dropFirst: () => dropFirst(heap),
  };
}
