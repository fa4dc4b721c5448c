import type { Fingerprint } from '../../identity/fingerprint.ts';

/** Tells versions of a secret apart; bound to the secret, so that nobody compares values of two. */
export type SecretFingerprint = (place: string, value: string) => string;

/** @param place of a version's record: its number is no part of the fingerprint */
export const secretFingerprint =
  (fingerprint: Fingerprint): SecretFingerprint =>
  (place, value) =>
    fingerprint([place.slice(0, place.lastIndexOf('/')), value]);
