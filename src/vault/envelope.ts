import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';

/**
 * How a sealed value is written: `orca1.<key id>.<nonce, ciphertext, tag>`, the last in base64url. AES-256-GCM (NIST SP 800-38D)
 * with a nonce of 96 random bits, under a key derived from the cluster's by HKDF (RFC 5869): fingerprints use that one as it is.
 */
const VERSION = 'orca1';
const NONCE = 12;
const TAG = 16;

export interface SealingKey {
  /** Tells keys apart, and nothing about them. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** @param master 32 random bytes */
export function sealingKey(master: Uint8Array): SealingKey {
  const bytes = new Uint8Array(hkdfSync('sha256', master, new Uint8Array(0), `${VERSION} values`, 32));
  return { id: createHash('sha256').update(`${VERSION} key id `).update(bytes).digest('hex').slice(0, 8), bytes };
}

/** @param place the key of the record it lies in: a ciphertext that is put elsewhere does not open there */
export function sealWith(key: SealingKey, place: string, text: string, nonce: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(boundTo(key.id, place));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${key.id}.${sealed.toString('base64url')}`;
}

/** @returns undefined for what was not sealed with this key for this place, or was changed since */
export function openWith(key: SealingKey, place: string, envelope: string): string | undefined {
  const bytes = Buffer.from(envelope.split('.')[2] ?? '', 'base64url');
  if (keyIdOf(envelope) !== key.id || bytes.length < NONCE + TAG) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(boundTo(key.id, place))
    .setAuthTag(bytes.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The key that a value was sealed with; undefined for what is no envelope of this version. */
export const keyIdOf = (envelope: string): string | undefined => {
  const [, id] = /^orca1\.([0-9a-f]{8})\.[\w-]+$/.exec(envelope) ?? [];
  return id;
};

export const NONCE_BYTES = NONCE;

const boundTo = (keyId: string, place: string): Buffer => Buffer.from(`${VERSION}\0${keyId}\0${place}`);
