/** Nodes by their number, the lowest rank first, equals by number. */
export interface Queue {
  /** Its rank may have risen since it was looked at: it is read again. Undefined once none is left. */
  first(): number | undefined;
  dropFirst(): void;
}

/**
 * A binary heap over numbers: to sort all nodes anew for each service would be most of what placing costs.
 *
 * @param rankOf may rise, and never falls
 */
export function createQueue(numbers: readonly number[], rankOf: (number: number) => number): Queue {
  const heap = new Int32Array(numbers);
  const ranks = new Float64Array(numbers.length);
  for (let at = 0; at < ranks.length; at += 1) ranks[at] = rankOf(heap[at] as number);
  let size = heap.length;

  const sink = (from: number) => {
    const [number = 0, rank = 0] = [heap[from], ranks[from]];
    let at = from;
    for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && isBefore(child + 1, ranks[child] as number, heap[child] as number)) child += 1;
      if (!isBefore(child, rank, number)) break;
      heap[at] = heap[child] as number;
      ranks[at] = ranks[child] as number;
      at = child;
    }
    heap[at] = number;
    ranks[at] = rank;
  };
  const isBefore = (at: number, rank: number, number: number): boolean => {
    const own = ranks[at] as number;
    return own < rank || (own === rank && (heap[at] as number) < number);
  };
  for (let at = (size >> 1) - 1; at >= 0; at -= 1) sink(at);

  return {
    first() {
      while (size > 0) {
        const number = heap[0] as number;
        const rank = rankOf(number);
        if (rank === ranks[0]) return number;
        ranks[0] = rank;
        sink(0);
      }
      return undefined;
    },
    dropFirst() {
      size -= 1;
      if (size <= 0) return;
      heap[0] = heap[size] as number;
      ranks[0] = ranks[size] as number;
      sink(0);
    },
  };
}
