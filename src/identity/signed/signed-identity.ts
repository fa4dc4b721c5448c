import { createHash } from 'node:crypto';
import { OrcaError } from '../../core/errors.ts';
import type { Caller } from '../authenticate.ts';
import { type ClaimMap, rightsOf } from './claims.ts';
import type { KeySource } from './key-source.ts';
import { partsOf } from './token-parts.ts';
import { verifyClaims } from './verify.ts';

/** Who may sign tokens, and what those may do. */
export interface Issuer {
  /** As `iss` has it. */
  readonly issuer: string;
  /** As `aud` has it: what a token is for must be this server. */
  readonly audience: string;
  readonly keys: KeySource;
  readonly map: readonly ClaimMap[];
}

export interface SignedIdentityOptions {
  readonly issuers: readonly Issuer[];
  readonly clock: { now(): number };
  /** A token that is valid, and may do nothing. */
  readonly onUnmapped: (subject: string, issuer: string) => void;
}

/**
 * Whose signed token it is. Nothing is stored of it: its issuer vouches, and it ends with its `exp`.
 *
 * @throws OrcaError `unauthorized`; `forbidden` if no map fits; `unavailable` while the issuer's keys cannot be had
 */
export type SignedIdentity = (token: string) => Promise<Caller>;

export function createSignedIdentity({ issuers, clock, onUnmapped }: SignedIdentityOptions): SignedIdentity {
  return async (token) => {
    const parts = partsOf(token);
    const found = issuers.find(({ issuer }) => issuer === parts?.issuer);
    if (!parts || !found) throw unknown();
    const { issuer, audience, map } = found;
    const keys = await found.keys.find(parts.kid);
    const payload = await verifyClaims(token, keys, { issuer, audience, now: clock.now() });
    const subject = printable(payload.sub ?? 'somebody');
    const rights = rightsOf(payload, map);
    if (!rights) {
      onUnmapped(subject, issuer);
      throw unmapped(subject, issuer);
    }
    const { role, projects } = rights;
    const expiresAt = (payload.exp ?? 0) * 1000;
    return { id: idOf(issuer, subject), name: `${subject} of ${issuer}`, role, projects, expiresAt, signed: true };
  };
}

const MOST = 200;

/** It stands in logs and events. */
const printable = (text: unknown): string =>
  String(text)
    .replace(/[^\x21-\x7e]/g, '?')
    .slice(0, MOST);

/** For limits: the same for each token of a subject. */
const idOf = (issuer: string, subject: string): string =>
  `signed-${createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex')
    .slice(0, 16)}`;

const unknown = (): OrcaError =>
  new OrcaError('unauthorized', 'the signed token is not valid: it is from no issuer that this server knows', {
    hint: 'name its `iss` under `auth.issuers` in server.yml',
  });

const unmapped = (subject: string, issuer: string): OrcaError =>
  new OrcaError('forbidden', `the token of ${subject} is valid, and no \`map\` of ${issuer} fits its claims`, {
    hint: 'compare its claims with `auth.issuers` in server.yml',
    details: { subject, issuer },
  });
