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

/** Revisions of a service whose images stay on the engine: the newest, and the newest that succeeded. */
export const IMAGES_KEPT = 5;

/**
 * The images of a service that stay, by the name that they are pulled by.
 *
 * @param succeeded numbers of revisions
 * @param needed numbers, as for `outlived`
 */
export function imagesKept(
  revisions: readonly Revision[],
  succeeded: ReadonlySet<number>,
  needed: ReadonlySet<number>,
): ReadonlySet<string> {
  const newestFirst = [...revisions].sort((a, b) => b.number - a.number);
  const kept = [
    ...newestFirst.slice(0, IMAGES_KEPT),
    ...newestFirst.filter(({ number }) => succeeded.has(number)).slice(0, IMAGES_KEPT),
    ...newestFirst.filter(({ number }) => needed.has(number)),
  ];
  return new Set(kept.flatMap(({ image }) => image?.pinned ?? []));
}
