import type { SeenTerms } from './dialer-options.ts';

/** What the gate ends when a newer master comes. */
interface Session {
  destroy(): void;
}

/** Lets in masters of the highest term that was ever seen, and no lower one. */
export interface TermGate {
  highest(): number;
  /** False if a higher term has been seen. A higher one is remembered first, then sessions of lower ones end. */
  enter(session: Session, term: number): Promise<boolean>;
  leave(session: Session): void;
}

export function createTermGate(terms: SeenTerms): TermGate {
  const inside = new Map<Session, number>();
  let last: Promise<unknown> = Promise.resolve();

  const decide = async (session: Session, term: number): Promise<boolean> => {
    if (term < terms.highest()) return false;
    if (term > terms.highest()) await terms.remember(term);
    inside.set(session, term);
    for (const [other, its] of inside) if (its < term) other.destroy();
    return true;
  };
  return {
    highest: terms.highest,
    leave: (session) => inside.delete(session),
    enter(session, term) {
      // One after the other: the answer to one may change while another is being remembered.
      const turn = last.then(() => decide(session, term));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
