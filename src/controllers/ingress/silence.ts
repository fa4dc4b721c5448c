/**
 * Tells whether somebody is at the other end of a connection: who says nothing is asked, and who does not answer is silent.
 * It has no clock; whoever keeps it calls `look` every so often, and a look that comes late does not count: the keeper
 * itself, or the whole machine, was stopped meanwhile.
 */
export interface Silence {
  /** Returns true if that ends a silence. */
  heard(): boolean;
  /**
   * What is to be done now: ask, or tell of a silence that has begun.
   * @param now of a clock that is never set, ms
   */
  look(now: number): 'ask' | 'silent' | undefined;
}

/** A look that comes later than this many times `every` does not count. */
const LATE = 2;

/** The connection was just opened, and an answer is owed. @param every when `look` is called, ms */
export function createSilence(every: number, now: number): Silence {
  let last = now;
  let heard = false;
  let owes = true;
  let silent = false;

  return {
    heard() {
      const wasSilent = silent;
      heard = true;
      owes = false;
      silent = false;
      return wasSilent;
    },
    look(at) {
      const inTime = at - last <= every * LATE;
      const isThere = heard;
      last = at;
      heard = false;
      if (!inTime || isThere || silent) return undefined;
      silent = owes;
      owes = true;
      return silent ? 'silent' : 'ask';
    },
  };
}
