import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Proof } from '../../core/webhooks/heading.ts';

/** Hashed in one go, bytes; then others get their turn. */
const AT_ONCE = 1024 * 1024;
const STANDARD = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** Whether a delivery was sent by one who knows the secret. Takes as long whatever differs. */
export async function fits(secret: string, proof: Proof, body: Uint8Array): Promise<boolean> {
  if (proof.kind === 'token') return isSame(digestOf(proof.token), digestOf(secret));
  let found = 0;
  for (const key of keysOf(secret, proof)) {
    const mac = await macOf(key, proof.prefix, body);
    for (const given of proof.macs) found += Number(isSame(mac, given));
  }
  return found > 0;
}

/** The key of a Standard Webhooks secret is what follows `whsec_`; who takes it as it stands is let in too. */
function keysOf(secret: string, { prefix }: Extract<Proof, { readonly kind: 'mac' }>): readonly Uint8Array[] {
  const [, encoded] = prefix === '' ? [] : (STANDARD.exec(secret) ?? []);
  const plain = Buffer.from(secret, 'utf8');
  return encoded === undefined ? [plain] : [Buffer.from(encoded, 'base64'), plain];
}

async function macOf(key: Uint8Array, prefix: string, body: Uint8Array): Promise<Uint8Array> {
  const mac = createHmac('sha256', key).update(prefix);
  for (let at = 0; at < body.length; at += AT_ONCE) {
    if (at > 0) await setImmediate();
    mac.update(body.subarray(at, at + AT_ONCE));
  }
  return mac.digest();
}

/** In constant time: how much of a guess is right cannot be measured. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

const digestOf = (text: string): Uint8Array => createHash('sha256').update(text).digest();
