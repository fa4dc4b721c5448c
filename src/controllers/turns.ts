/** Work that must not overlap, in the order in which it was asked for. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(): InTurn {
  const inTurn = createTurnsByName();
  return (work) => inTurn([''], work);
}

/** The same for each of some names. */
export type InTurnByName = <T>(names: readonly string[], work: () => Promise<T>) => Promise<T>;

/** Each waits for all before it that share a name with it, whatever becomes of them. */
export function createTurnsByName(): InTurnByName {
  const last = new Map<string, Promise<unknown>>();
  return (names, work) => {
    const before = names.map((name) => last.get(name));
    const mine = Promise.allSettled(before).then(work);
    const leave = () => {
      for (const name of names) if (last.get(name) === done) last.delete(name);
    };
    const done: Promise<void> = mine.then(leave, leave);
    for (const name of names) last.set(name, done);
    return mine;
  };
}
