/** Lets each address do something so often: `burst` at once, then one every `every` ms. */
export interface Rate {
  /** False if it is too often. @param now ms of a clock that is never set */
  take(address: string, now: number): boolean;
}

/** Addresses that are remembered, at most: whoever is forgotten starts anew. */
const MOST = 10_000;

export function createRate(burst: number, every: number): Rate {
  /** When each will have all its turns back, ms; those that did something last at the end. */
  const full = new Map<string, number>();
  return {
    take(address, now) {
      const next = Math.max(full.get(address) ?? 0, now) + every;
      if (next - now > burst * every) return false;
      full.delete(address);
      full.set(address, next);
      const first = full.keys().next().value;
      if (full.size > MOST && first !== undefined) full.delete(first);
      return true;
    },
  };
}
