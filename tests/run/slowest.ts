import type { Result } from './record.ts';

const WORTH_TELLING = 10; // seconds

/** `SECONDS s  FILE` of the files that took longest, the slowest first: the sum of their outermost tests. */
export function slowest(results: readonly Result[]): readonly string[] {
  const seconds = new Map<string, number>();
  for (const { file, took = 0 } of results) seconds.set(file, (seconds.get(file) ?? 0) + took);
  return [...seconds]
    .filter(([, took]) => took >= WORTH_TELLING)
    .sort(([, a], [, b]) => b - a)
    .map(([file, took]) => `${took.toFixed(0).padStart(6)} s  ${file}`);
}
