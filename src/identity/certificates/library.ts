import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** Loaded late: it takes 20 MB, and a cluster of one machine needs none of it. */
export { x509 };

/** How all keys of a cluster sign: ECDSA with P-256 and SHA-256 (RFC 5758). */
export const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** @param pem PKCS #8 */
export const importPrivateKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), SIGNING, false, ['sign']);

/** @param spki DER */
export const importPublicKey = (spki: Uint8Array): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('spki', spki, SIGNING, true, ['verify']);
