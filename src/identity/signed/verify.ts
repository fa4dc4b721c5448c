import type { JwtPayload, VerifyOptions } from 'jsonwebtoken';
import { OrcaError } from '../../core/errors.ts';
import { isCompact } from './token-parts.ts';
import type { VerifyKey } from './verify-key.ts';

/** Clocks of issuers may be wrong by so much, s. */
const SKEW = 30;
/** The end of the year 9999, s. */
const LATEST = 253_402_300_799;
/** Keys that are tried for one token. */
const MAX_TRIED = 4;

export interface Expected {
  readonly issuer: string;
  readonly audience: string;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * The claims of a token that one of the keys has signed, for this audience, in force now.
 *
 * @throws OrcaError `unauthorized`
 */
export async function verifyClaims(
  token: string,
  keys: readonly VerifyKey[],
  { issuer, audience, now }: Expected,
): Promise<JwtPayload> {
  const options = { issuer, audience, clockTolerance: SKEW, clockTimestamp: Math.floor(now / 1000) };
  const payload = await verifyAny(token, keys, options);
  if (typeof payload === 'string' || typeof payload.exp !== 'number') throw invalid('it has no `exp`');
  if (payload.exp > LATEST) throw invalid('its `exp` is no time');
  return payload;
}

/** @throws OrcaError `unauthorized` */
export async function verifyAny(token: string, keys: readonly VerifyKey[], options: VerifyOptions) {
  if (!isCompact(token)) throw invalid('it is no JWT in its compact form');
  const { verify } = (await import('jsonwebtoken')).default;
  for (const { key, algorithm } of keys.slice(0, MAX_TRIED)) {
    try {
      return verify(token, key, { ...options, algorithms: [algorithm], complete: false }) as JwtPayload | string;
    } catch (error) {
      const reason = reasonOf(error as Error);
      if (reason !== undefined) throw invalid(reason);
    }
  }
  throw invalid('no key of its issuer has signed it');
}

/** Undefined where another key may fit. */
function reasonOf({ message }: Error): string | undefined {
  return REASONS.find(([words]) => message.startsWith(words))?.[1];
}

const REASONS: readonly (readonly [string, string])[] = [
  ['jwt expired', 'it has expired'],
  ['jwt not active', 'it is not in force yet (`nbf`)'],
  ['jwt audience', 'it is for another audience (`aud`)'],
  ['jwt issuer', 'it is from another issuer (`iss`)'],
  ['invalid exp', 'its `exp` is no time'],
  ['invalid nbf', 'its `nbf` is no time'],
];

const invalid = (why: string): OrcaError =>
  new OrcaError('unauthorized', `the signed token is not valid: ${why}`, {
    hint: 'compare the token with `auth.issuers` in server.yml',
  });
