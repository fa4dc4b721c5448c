import type { Revision } from '../model/revision.ts';

/** Revisions of a service that are kept. */
export const REVISIONS_KEPT = 20;

/**
 * The revisions to forget: all but the newest ones.
 *
 * @param needed numbers that are kept however old: what serves, what a task runs, what a deployment goes back to
 */
export function outlived(revisions: readonly Revision[], needed: ReadonlySet<number>): readonly Revision[] {
  const newestFirst = [...revisions].sort((a, b) => b.number - a.number);
  return newestFirst.slice(REVISIONS_KEPT).filter(({ number }) => !needed.has(number));
}
