import type { IssuerSettings } from './config/issuers.ts';
import { fetchJwks } from './identity/signed/fetch-jwks.ts';
import { createJwks } from './identity/signed/jwks.ts';
import { fixedKeys, type KeySource } from './identity/signed/key-source.ts';
import { createSignedIdentity, type SignedIdentity } from './identity/signed/signed-identity.ts';
import type { Log } from './telemetry/log.ts';

interface Around {
  /** Without jumps: for how long keys are kept. */
  readonly clock: { now(): number };
  /** As it is: what tokens say of time is compared with it. */
  readonly wall: { now(): number };
  readonly log: Log;
}

/** Of the issuers in the settings; undefined where there are none, and no signed token is looked at. */
export function signedTokens(settings: readonly IssuerSettings[], around: Around): SignedIdentity | undefined {
  if (settings.length === 0) return undefined;
  const issuers = settings.map((one) => ({ ...one, keys: keySource(one, around) }));
  const onUnmapped = (subject: string, issuer: string) =>
    around.log.warn({ subject, issuer }, 'a signed token is valid, and fits no map of auth.issuers');
  return createSignedIdentity({ issuers, clock: around.wall, onUnmapped });
}

function keySource({ keys = [], jwksUrl: url, issuer }: IssuerSettings, { clock, log }: Around): KeySource {
  if (url === undefined) return fixedKeys(keys);
  const onProblem = (reason: string) => log.warn({ issuer, url, reason }, 'the keys of an issuer cannot be read');
  return createJwks({ url, clock, fetch: fetchJwks, onProblem });
}
