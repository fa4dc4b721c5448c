import type { Result } from './record.ts';

/** What the last line of a run says of a suite. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** `unsteady: FILE: test`: failed among the others, passed alone. */
  readonly unsteady: readonly string[];
}

/** The files of which something failed, in the order of their failing. */
export const failedFiles = (results: readonly Result[]): readonly string[] => [
  ...new Set(results.filter(isFailed).map(({ file }) => file)),
];

/**
 * Counts a suite. Of a file that was run once more, alone, the second run counts, and what failed only in the first is
 * unsteady: a fault to mend, but not this change's.
 *
 * @param again the second runs, by file; an empty one is a run that ended before it told anything, and changes nothing
 */
export function tally(first: readonly Result[], again: ReadonlyMap<string, readonly Result[]>): Tally {
  const counts = (file: string): boolean => (again.get(file)?.length ?? 0) > 0;
  const results = [...first.filter(({ file }) => !counts(file)), ...[...again.values()].flat()];
  const count = (outcome: Result['outcome']): number => results.filter((one) => one.outcome === outcome).length;
  const stillFailed = new Set(results.filter(isFailed).map(({ file }) => file));
  const unsteady = first.filter((one) => isFailed(one) && !stillFailed.has(one.file));
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    unsteady: unsteady.map(({ file, name }) => `unsteady: ${file}: ${name}`),
  };
}

const isFailed = ({ outcome }: Result): boolean => outcome === 'failed';
