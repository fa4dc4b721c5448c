import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Signs tokens as an issuer would, and as none should: everything in head and payload is the caller's. */
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const ISSUER = 'https://issuer.test';
export const AUDIENCE = 'orca-test';
export const NOW = Date.UTC(2026, 10, 30);
export const seconds = NOW / 1000;

export const claims = (changes: object = {}): Record<string, unknown> => ({
  iss: ISSUER,
  aud: AUDIENCE,
  exp: seconds + 300,
  sub: 'repo:acme/shop:ref:refs/heads/main',
  repository: 'acme/shop',
  ref: 'refs/heads/main',
  ...changes,
});

type Sign = (input: string) => Buffer;

export const withRsa =
  (key: KeyObject): Sign =>
  (input) =>
    sign('sha256', Buffer.from(input), key);
export const withEc =
  (key: KeyObject): Sign =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
export const withSecret =
  (secret: string | Buffer): Sign =>
  (input) =>
    createHmac('sha256', secret).update(input).digest();

export function token(head: object, payload: object, signed: Sign): string {
  const input = `${part(head)}.${part(payload)}`;
  return `${input}.${signed(input).toString('base64url')}`;
}

export const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength });
export const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });
