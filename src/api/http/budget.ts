import { OrcaError } from '../../core/errors.ts';
import type { Role } from '../../core/model/token.ts';
import type { Caller } from '../../identity/authenticate.ts';

const MIB = 1024 * 1024;

export interface BudgetLimits {
  /**
   * Bytes that callers of a role, and of those below it, hold together. One of them holds half of it at most. An admin of some
   * projects is one of the deployers here: it can make tokens, and with a few of them could keep the cluster's admins out.
   */
  readonly room: Readonly<Record<Role, number>>;
  /** How long a request waits for room, ms. */
  readonly patience: number;
  /** Requests that wait, of one caller. */
  readonly waiting: number;
}

export const LIMITS: BudgetLimits = {
  room: { viewer: 64 * MIB, deployer: 128 * MIB, admin: 192 * MIB },
  patience: 10_000,
  waiting: 32,
};

/**
 * The memory that requests hold: bodies, what is read to answer them, and large answers. Taken before it is used and given
 * back with the end of the answer, so that many requests at once wait for each other instead of filling the heap.
 */
export interface Budget {
  /**
   * Waits in line while there is no room. Whoever has a higher role, or waits for others than oneself, goes first.
   *
   * @param bytes more than the caller may hold counts as all of that
   * @param over aborts with the end of the answer: what is still held then is given back
   * @throws OrcaError `unavailable` if it takes too long, or too many wait already
   */
  reserve(
    caller: Pick<Caller, 'id' | 'name' | 'role' | 'projects'>,
    bytes: number,
    over: AbortSignal,
  ): Promise<Reservation>;
  /** Bytes held now. */
  held(): number;
}

export interface Reservation {
  /** Gives back all but this. */
  shrink(bytes: number): void;
}

interface Asked {
  readonly id: string;
  readonly role: Role;
  bytes: number;
}

interface Waiter extends Asked {
  readonly grant: () => void;
}

const RANK = { viewer: 0, deployer: 1, admin: 2 } as const;

export function createBudget({ room, patience, waiting: most }: BudgetLimits = LIMITS): Budget {
  const holding = new Set<Asked>();
  const line = new Set<Waiter>();
  const sum = (which: (one: Asked) => boolean) =>
    [...holding].reduce((bytes, one) => bytes + (which(one) ? one.bytes : 0), 0);
  const all = () => sum(() => true);

  const hasShare = ({ id, role, bytes }: Asked) => sum((one) => one.id === id) + bytes <= room[role] / 2;
  const hasRoom = ({ role, bytes }: Asked) =>
    sum((one) => RANK[one.role] <= RANK[role]) + bytes <= room[role] && all() + bytes <= room.admin;

  /** In order; who waits for room, not for oneself, is not overtaken by those of the same role or a lower one. */
  function serveLine(): void {
    let barred = -1;
    for (const one of line) {
      if (RANK[one.role] <= barred || !hasShare(one)) continue;
      if (hasRoom(one)) one.grant();
      else barred = RANK[one.role];
    }
  }

  function hold(asked: Asked, over: AbortSignal): Reservation {
    holding.add(asked);
    const shrink = (bytes: number) => {
      asked.bytes = Math.min(asked.bytes, bytes);
      if (asked.bytes === 0) holding.delete(asked);
      serveLine();
    };
    over.addEventListener('abort', () => shrink(0), { once: true });
    return { shrink };
  }

  function wait(asked: Asked, name: string, over: AbortSignal): Promise<Reservation> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        over.removeEventListener('abort', giveUp);
        line.delete(waiter);
      };
      const giveUp = () => {
        leave();
        reject(noRoom(name));
        serveLine();
      };
      const grant = () => {
        leave();
        resolve(hold(asked, over));
      };
      const waiter = Object.assign(asked, { grant });
      const timer = setTimeout(giveUp, patience);
      over.addEventListener('abort', giveUp, { once: true });
      line.add(waiter);
      serveLine();
    });
  }

  return {
    held: all,
    async reserve({ id, name, role: given, projects }, bytes, over) {
      if (over.aborted) throw noRoom(name);
      const role = projects && given === 'admin' ? 'deployer' : given;
      const asked: Asked = { id, role, bytes: Math.min(bytes, room[role] / 2) };
      if (bytes === 0) return { shrink: () => undefined };
      if ([...line].filter((one) => one.id === id).length >= most) throw noRoom(name);
      return wait(asked, name, over);
    },
  };
}

const noRoom = (name: string): OrcaError =>
  new OrcaError('unavailable', `the requests of the token "${name}", or of all, hold as much memory as they may`, {
    hint: 'try again in a few seconds, with fewer requests at once, smaller bodies, or a smaller `tail` of logs',
  });
