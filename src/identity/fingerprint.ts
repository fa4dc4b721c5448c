import { createHmac } from 'node:crypto';

/** Stands for a value that may not be shown: the same for the same value at the same place, and no help to guess it by. */
export type Fingerprint = (place: readonly string[]) => string;

const SHOWN = 8;

/**
 * An HMAC, as values may be short: by a plain hash they could be guessed. Where the value stands is in it, so that nobody
 * compares it with a value of his own elsewhere.
 *
 * @param key the cluster's own, as it is by then
 */
export const createFingerprint =
  (key: () => Uint8Array): Fingerprint =>
  (place) =>
    `fingerprint:${createHmac('sha256', key()).update(JSON.stringify(place)).digest('hex').slice(0, SHOWN)}`;
