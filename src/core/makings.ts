/**
 * Things of one kind, one for each subject, each made of others that never change in place. One whose ingredients are the same
 * objects is the same object: so whoever makes something of it in turn sees at a glance that nothing is to be done.
 */
export interface Makings<T> {
  /** Undefined if it is to be made, of these. */
  known(subject: string, of: readonly unknown[]): T | undefined;
  /** The same, for who compares by himself what it was made of. */
  knownIf(subject: string, isMadeOf: (of: readonly unknown[]) => boolean): T | undefined;
  /** Returns what is to be used: the one from before, where the new one is alike. */
  keep(subject: string, of: readonly unknown[], made: T): T;
  /** Made only where any of its ingredients is another than the last time. */
  make(subject: string, of: readonly unknown[], how: () => T): T;
  /** Forgets all others. @param count of these, each of which was asked for since: if there are no others, nobody asks who they are */
  retain(count: number, subjects: () => { has(subject: string): boolean }): void;
}

/** @param areAlike whether it makes no difference which of two is used */
export function createMakings<T>(areAlike: (before: T, after: T) => boolean = () => false): Makings<T> {
  const made = new Map<string, { readonly of: readonly unknown[]; readonly value: T }>();

  const knownIf: Makings<T>['knownIf'] = (subject, isMadeOf) => {
    const found = made.get(subject);
    return found && isMadeOf(found.of) ? found.value : undefined;
  };

  const known: Makings<T>['known'] = (subject, of) => knownIf(subject, (before) => sameItems(before, of));

  const keep: Makings<T>['keep'] = (subject, of, value) => {
    const before = made.get(subject);
    const kept = before && areAlike(before.value, value) ? before.value : value;
    made.set(subject, { of, value: kept });
    return kept;
  };

  return {
    known,
    knownIf,
    keep,
    make: (subject, of, how) => known(subject, of) ?? keep(subject, of, how()),
    retain(count, subjects) {
      if (made.size <= count) return;
      const kept = subjects();
      for (const one of made.keys()) if (!kept.has(one)) made.delete(one);
    },
  };
}

export interface Each<I, T> {
  /** The subject of an item; no two of a list have the same. */
  readonly subjectOf: (item: I) => string;
  readonly make: (item: I) => T;
  /** See `createMakings`. */
  readonly areAlike?: ((before: T, after: T) => boolean) | undefined;
}

/**
 * Makes something of each item of a list, and of that item alone. Lists have thousands of items, and differ from the one before in
 * one of them: those at their old place cost no more than a look. Of the same items it is the same list.
 */
export function createEach<I extends object, T>({ subjectOf, make, areAlike }: Each<I, T>) {
  const makings = createMakings<T>(areAlike);
  let last: { readonly items: readonly I[]; readonly made: readonly T[] } = { items: [], made: [] };

  return (items: readonly I[]): readonly T[] => {
    if (sameItems(last.items, items)) return last.made;
    const { items: before, made: known } = last;
    const made = items.map((item, at) =>
      item === before[at] ? (known[at] as T) : makings.make(subjectOf(item), [item], () => make(item)),
    );
    makings.retain(items.length, () => new Set(items.map(subjectOf)));
    last = { items, made: sameItems(known, made) ? known : made };
    return last.made;
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
