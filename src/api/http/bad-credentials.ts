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
  /** For what costs much before it is known to be wrong. @throws OrcaError `too_many` where `count` would */
  require(address: string): void;
}

export function createBadCredentials(clock: { now(): number }): BadCredentials {
  const seen = new Map<string, { readonly since: number; readonly count: number }>();
  const entryOf = (key: string) => {
    const before = seen.get(key);
    return before && clock.now() - before.since < WINDOW ? before : { since: clock.now(), count: 0 };
  };
  return {
    require(address) {
      if (entryOf(networkOf(address)).count >= ALLOWED) throw tooMany();
    },
    count(address) {
      const key = networkOf(address);
      const { since, count } = entryOf(key);
      const entry = { since, count: count + 1 };
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
