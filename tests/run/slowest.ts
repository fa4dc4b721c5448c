import type { Result } from './record.ts';

const WORTH_TELLING = 10; // seconds

/**
 * A line a file that took long or computed much, what computed most first: where all cores are busy, it is CPU that a run is
 * made of.
 *
 * @param results the sum of a file's outermost tests is what it took
 * @param cpu seconds by file, or by what several small files ran in; empty where it could not be counted
 */
export function slowest(results: readonly Result[], cpu: ReadonlyMap<string, number>): readonly string[] {
  const seconds = new Map<string, number>();
  for (const { file, took = 0 } of results) seconds.set(file, (seconds.get(file) ?? 0) + took);
  const files = [...new Set([...seconds.keys(), ...cpu.keys()])]
    .map((file) => ({ file, took: seconds.get(file) ?? 0, used: cpu.get(file) ?? 0 }))
    .filter(({ took, used }) => Math.max(took, used) >= WORTH_TELLING)
    .sort((a, b) => b.used - a.used || b.took - a.took);
  const all = [...cpu.values()].reduce((sum, used) => sum + used, 0);
  return [
    ...files.map(({ file, took, used }) => `${told(took)}, ${told(used)} of CPU  ${file}`),
    ...(all > 0 ? [`${told(all)} of CPU  in all`] : []),
  ];
}

const told = (seconds: number): string => `${seconds.toFixed(0).padStart(6)} s`;
