import type { Revision } from '../model/revision.ts';

/**
 * Why the data may not be what a revision left, as a sentence; undefined if no release command ran since it was made. None runs
 * for a rollback, where no container is replaced, or where the image never came.
 *
 * @param current number of the revision that is gone back from
 */
export function undoneReleases(back: Revision, current: number, revisions: readonly Revision[]): string | undefined {
  const hashes = new Map(revisions.map(({ number, hash }) => [number, hash]));
  const ran = revisions
    .filter(({ number }) => number > back.number && number <= current)
    .filter(({ spec, rollbackOf }) => spec.release !== undefined && rollbackOf === undefined)
    .filter(({ number, hash }) => hash !== undefined && hash !== hashes.get(number - 1))
    .map(({ number }) => number)
    .sort((a, b) => a - b);
  if (ran.length === 0) return undefined;
  return ran.length === 1
    ? `the release command of revision ${ran[0]} is not undone: revision ${back.number} meets the data as it left them`
    : `the release commands of revisions ${ran.join(', ')} are not undone: revision ${back.number} meets the data as they left them`;
}
