import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** The one kind of key that certificates of a cluster have: EC P-256. PKCS #8, PEM. */
export const newPrivateKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

/** By what a key is known: SHA-256 of its public part (SPKI, DER), hex. */
export const keyDigest = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');

/** @param privateKey PEM */
export const digestOfPrivateKey = (privateKey: string): string =>
  keyDigest(createPublicKey(createPrivateKey(privateKey)));
