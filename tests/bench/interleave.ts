/** A thing that is measured, again and again. */
export interface Contender<T> {
  readonly name: string;
  measure(round: number): Promise<T>;
}

/** A B C, A B C, ...: so that a slow minute of the machine falls on all of them. The results of each, in the order of the rounds. */
export async function interleave<T>(
  contenders: readonly Contender<T>[],
  rounds: number,
  told: (name: string, round: number, result: T) => void,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const results = new Map<string, T[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const result = await contender.measure(round);
      results.get(contender.name)?.push(result);
      told(contender.name, round, result);
    }
  }
  return results;
}
