import { randomBytes } from 'node:crypto';

/** Lower case letters and digits, from the system's randomness. */
export const newId = (length: number): string =>
  Array.from(randomBytes(length), (byte) => ALPHABET[byte % ALPHABET.length]).join('');

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
