import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';

export type Algorithm = 'HS256' | 'RS256' | 'ES256';

/** A key to verify with. The algorithm is the key's: what a token says of it is only compared. */
export interface VerifyKey {
  readonly kid?: string | undefined;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** Why something is no key to verify with, as a sentence. */
export class UnusableKey extends Error {
  override readonly name = 'UnusableKey';
}

/** Bits of a modulus. Far larger ones cost whoever verifies more than whoever sends. */
const [LEAST_RSA, MOST_RSA] = [2048, 8192];
const MOST_EXPONENT = 2n ** 32n;
/** Bytes: as many as HMAC-SHA-256 gives out. @see RFC 7518, section 3.2 */
const [LEAST_SECRET, MOST_SECRET] = [32, 1024];
const MOST_KID = 200;

const BY_TYPE: Readonly<Record<string, Algorithm>> = { oct: 'HS256', RSA: 'RS256', EC: 'ES256' };

/** @throws UnusableKey. @see RFC 7517 */
export function keyOfJwk(jwk: Readonly<Record<string, unknown>>): VerifyKey {
  const { kty, alg, use, key_ops: operations, kid } = jwk;
  const algorithm = typeof kty === 'string' && Object.hasOwn(BY_TYPE, kty) ? BY_TYPE[kty] : undefined;
  if (algorithm === undefined) throw new UnusableKey('expected `kty` RSA, EC or oct');
  if (alg !== undefined && alg !== algorithm)
    throw new UnusableKey(`a key of type ${kty} is for ${algorithm}, and this one says ${JSON.stringify(alg)}`);
  if (use !== undefined && use !== 'sig') throw new UnusableKey('its `use` is not sig');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    throw new UnusableKey('its `key_ops` do not have verify');
  return { kid: kidOf(kid), algorithm, key: algorithm === 'HS256' ? secretOf(jwk['k']) : publicOf(jwk, algorithm) };
}

/** A public key or a certificate. @throws UnusableKey */
export function keyOfPem(text: string, kid?: unknown): VerifyKey {
  if (/PRIVATE KEY-----/.test(text)) throw new UnusableKey('this is a private key; give its public key alone');
  const key = attempt(() => createPublicKey(text));
  const algorithm = key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
  return { kid: kidOf(kid), algorithm, key: fitting(key, algorithm) };
}

/** @throws UnusableKey */
export const keyOfSecret = (bytes: Buffer, kid?: unknown): VerifyKey => ({
  kid: kidOf(kid),
  algorithm: 'HS256',
  key: secretKey(bytes),
});

function kidOf(kid: unknown): string | undefined {
  if (kid === undefined) return undefined;
  if (typeof kid === 'string' && kid !== '' && kid.length <= MOST_KID) return kid;
  throw new UnusableKey(`expected a \`kid\` of 1 to ${MOST_KID} characters`);
}

function secretOf(k: unknown): KeyObject {
  if (typeof k !== 'string' || !/^[\w-]+$/.test(k)) throw new UnusableKey('expected `k` in base64url');
  return secretKey(Buffer.from(k, 'base64url'));
}

function secretKey(bytes: Buffer): KeyObject {
  if (bytes.length >= LEAST_SECRET && bytes.length <= MOST_SECRET) return createSecretKey(bytes);
  throw new UnusableKey(`expected a secret of ${LEAST_SECRET} to ${MOST_SECRET} bytes, found ${bytes.length}`);
}

/** Whatever private parts it has are left out. */
function publicOf(
  { kty, n, e, crv, x, y }: Readonly<Record<string, unknown>>,
  algorithm: 'RS256' | 'ES256',
): KeyObject {
  const key = (algorithm === 'RS256' ? { kty, n, e } : { kty, crv, x, y }) as JsonWebKey;
  return fitting(
    attempt(() => createPublicKey({ format: 'jwk', key })),
    algorithm,
  );
}

function fitting(key: KeyObject, algorithm: 'RS256' | 'ES256'): KeyObject {
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (algorithm === 'ES256') {
    if (namedCurve === 'prime256v1') return key;
    throw new UnusableKey(`expected a key on the curve P-256, found ${namedCurve}`);
  }
  if (key.asymmetricKeyType !== 'rsa') throw new UnusableKey(`expected RSA or EC, found ${key.asymmetricKeyType}`);
  if (modulusLength < LEAST_RSA || modulusLength > MOST_RSA)
    throw new UnusableKey(`expected an RSA key of ${LEAST_RSA} to ${MOST_RSA} bits, found ${modulusLength}`);
  if (publicExponent < 3n || publicExponent > MOST_EXPONENT) throw new UnusableKey('its exponent is out of bounds');
  return key;
}

function attempt(make: () => KeyObject): KeyObject {
  try {
    return make();
  } catch {
    throw new UnusableKey('it is no public key');
  }
}
