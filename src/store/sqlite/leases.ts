import { randomBytes } from 'node:crypto';
import { notFound, OrcaError } from '../../core/errors.ts';
import type { LeaseId } from '../contract.ts';
import type { Committer } from './committer.ts';
import type { Session } from './session.ts';
import { endLease } from './transact.ts';

/**
 * Leases are durable, their deadlines are not: after a restart each has its full ttl again, as their holders could not
 * keep them alive meanwhile.
 */
export interface Leases {
  grant(ttl: number, done: (id: LeaseId) => void, failed: (error: unknown) => void): void;
  /** Throws not_found if the lease is gone. */
  keepAlive(id: LeaseId): void;
  revoke(id: LeaseId, done: () => void, failed: (error: unknown) => void): void;
  stop(): void;
}

/** Leases at a time. */
const MAX_LEASES = 10_000;
/** When a lease's end could not be written (a full disk), it is tried again after this many ms. */
const RETRY = 1000;

interface Held {
  readonly ttl: number;
  /** By the monotonic clock, ms. */
  deadline: number;
  timer: NodeJS.Timeout;
}

export function createLeases(session: Session, committer: Committer): Leases {
  const held = new Map<LeaseId, Held>();
  const retries = new Map<LeaseId, NodeJS.Timeout>();
  for (const { id, ttl } of session.tables.leases()) hold(id, ttl);

  function hold(id: LeaseId, ttl: number): void {
    held.set(id, { ttl, deadline: performance.now() + ttl, timer: setTimeout(due, ttl, id) });
  }

  /** After a stall of this thread the timer comes before messages that waited: they are heard first. */
  function due(id: LeaseId): void {
    setImmediate(() => {
      const lease = held.get(id);
      if (lease === undefined) return;
      const left = lease.deadline - performance.now();
      if (left > 0) lease.timer = setTimeout(due, left, id);
      else expire(id);
    });
  }

  /** From here on it is gone for its holder, even if its keys cannot be deleted yet. */
  function expire(id: LeaseId): void {
    release(id);
    retries.delete(id);
    const failed = () => retries.set(id, setTimeout(expire, RETRY, id));
    committer.add({ done: () => {}, failed, run: ({ tables }, draft) => endLease(tables, draft, id) });
  }

  function release(id: LeaseId): void {
    clearTimeout(held.get(id)?.timer);
    held.delete(id);
  }

  return {
    grant: (ttl, done, failed) => {
      if (held.size >= MAX_LEASES) throw new OrcaError('too_many', `the store holds ${MAX_LEASES} leases`);
      const id = randomBytes(8).toString('hex');
      const granted = () => {
        hold(id, ttl);
        done(id);
      };
      committer.add({ failed, done: granted, run: ({ tables }) => tables.addLease({ id, ttl }) });
    },
    keepAlive: (id) => {
      const lease = held.get(id);
      if (lease === undefined) throw notFound('lease', id);
      lease.deadline = performance.now() + lease.ttl;
    },
    revoke: (id, done, failed) => {
      if (!held.has(id)) throw notFound('lease', id);
      const revoked = () => {
        release(id);
        done();
      };
      committer.add({ failed, done: revoked, run: ({ tables }, draft) => endLease(tables, draft, id) });
    },
    stop: () => {
      for (const id of [...held.keys()]) release(id);
      for (const timer of retries.values()) clearTimeout(timer);
    },
  };
}
