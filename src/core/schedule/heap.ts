/** Numbers by rank, the lowest first, equals by number: a binary heap. To sort all nodes anew for each service would be most of what placing costs. */
export interface Heap {
  readonly numbers: Int32Array;
  readonly ranks: Float64Array;
  size: number;
  /** Where each number is, if somebody wants to know. */
  readonly places?: Int32Array | undefined;
}

export function heapOf(numbers: readonly number[], rankOf: (number: number) => number, places?: Int32Array): Heap {
  const heap: Heap = {
    numbers: new Int32Array(numbers),
    ranks: new Float64Array(numbers.length),
    size: numbers.length,
    places,
  };
  for (let at = 0; at < heap.size; at += 1) {
    const number = heap.numbers[at] as number;
    heap.ranks[at] = rankOf(number);
    if (places) places[number] = at;
  }
  for (let at = (heap.size >> 1) - 1; at >= 0; at -= 1) sink(heap, at);
  return heap;
}

/** The same, to be changed on its own. */
export const copyOfHeap = ({ numbers, ranks, size }: Heap): Heap => ({
  numbers: numbers.slice(0, size),
  ranks: ranks.slice(0, size),
  size,
});

/** Gives what is at a place a rank that is no lower. */
export function raise(heap: Heap, at: number, rank: number): void {
  heap.ranks[at] = rank;
  sink(heap, at);
}

export function dropFirst(heap: Heap): void {
  heap.size -= 1;
  if (heap.size <= 0) return;
  heap.numbers[0] = heap.numbers[heap.size] as number;
  heap.ranks[0] = heap.ranks[heap.size] as number;
  sink(heap, 0);
}

function sink({ numbers, ranks, size, places }: Heap, from: number): void {
  const [number, rank] = [numbers[from] as number, ranks[from] as number];
  const isBefore = (at: number, otherRank: number, other: number): boolean => {
    const own = ranks[at] as number;
    return own < otherRank || (own === otherRank && (numbers[at] as number) < other);
  };
  const put = (at: number, what: number, rankOf: number) => {
    numbers[at] = what;
    ranks[at] = rankOf;
    if (places) places[what] = at;
  };
  let at = from;
  for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && isBefore(child + 1, ranks[child] as number, numbers[child] as number)) child += 1;
    if (!isBefore(child, rank, number)) break;
    put(at, numbers[child] as number, ranks[child] as number);
    at = child;
  }
  put(at, number, rank);
}
