/**
 * Things of one kind, one for each subject, each made of others that never change in place. One whose ingredients are the same
 * objects is the same object: so whoever makes something of it in turn sees at a glance that nothing is to be done.
 */
export interface Makings<T> {
  /** Undefined if it is to be made, of these. */
  known(subject: string, of: readonly unknown[]): T | undefined;
  /** Returns what is to be used: the one from before, where the new one is alike. */
  keep(subject: string, of: readonly unknown[], made: T): T;
  /** Made only where any of its ingredients is another than the last time. */
  make(subject: string, of: readonly unknown[], how: () => T): T;
  /** Forgets all others. @param subjects each of them asked for since */
  retain(subjects: { readonly size: number; has(subject: string): boolean }): void;
}

/** @param areAlike whether it makes no difference which of two is used */
export function createMakings<T>(areAlike: (before: T, after: T) => boolean = () => false): Makings<T> {
  const made = new Map<string, { readonly of: readonly unknown[]; readonly value: T }>();

  const known: Makings<T>['known'] = (subject, of) => {
    const found = made.get(subject);
    return found && sameItems(found.of, of) ? found.value : undefined;
  };

  const keep: Makings<T>['keep'] = (subject, of, value) => {
    const before = made.get(subject);
    const kept = before && areAlike(before.value, value) ? before.value : value;
    made.set(subject, { of, value: kept });
    return kept;
  };

  return {
    known,
    keep,
    make: (subject, of, how) => known(subject, of) ?? keep(subject, of, how()),
    retain(subjects) {
      if (made.size > subjects.size) for (const one of made.keys()) if (!subjects.has(one)) made.delete(one);
    },
  };
}

/** The same things in the same order. */
export function sameItems(before: readonly unknown[], after: readonly unknown[]): boolean {
  if (before === after) return true;
  return before.length === after.length && before.every((one, index) => Object.is(one, after[index]));
}

/** Alike as what is sent or stored. */
export const alikeAsText = (before: unknown, after: unknown): boolean =>
  JSON.stringify(before) === JSON.stringify(after);
