import { isIPv6 } from 'node:net';
import { OrcaError } from '../../core/errors.ts';

const WINDOW = 60_000;
const ALLOWED = 10;
/** Addresses remembered; the one remembered longest goes first. */
const MAX_ADDRESSES = 10_000;

/**
 * Counts wrong credentials by address. Past ten in a minute each further one is answered 429; a right one still passes:
 * a token has 256 random bits, so what is limited is noise and work, not the chance to guess.
 */
export interface BadCredentials {
  /** @throws OrcaError `too_many` */
  count(address: string): void;
}

export function createBadCredentials(clock: { now(): number }): BadCredentials {
  const seen = new Map<string, { readonly since: number; readonly count: number }>();
  return {
    count(address) {
      const key = networkOf(address);
      const before = seen.get(key);
      const fresh = before && clock.now() - before.since < WINDOW;
      const entry = fresh ? { since: before.since, count: before.count + 1 } : { since: clock.now(), count: 1 };
      seen.delete(key);
      seen.set(key, entry);
      if (seen.size > MAX_ADDRESSES) seen.delete(seen.keys().next().value ?? '');
      if (entry.count > ALLOWED) throw tooMany();
    },
  };
}

/** One client has a /64 of IPv6. */
const networkOf = (address: string): string =>
  isIPv6(address) && !address.startsWith('::ffff:') ? address.split(':').slice(0, 4).join(':') : address;

const tooMany = (): OrcaError =>
  new OrcaError('too_many', 'too many wrong credentials from this address', {
    hint: 'wait a minute, with the right token',
  });
