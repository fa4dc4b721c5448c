/**
 * Points in [0, 1): where a request falls among the shares of a pool.
 */

/** 1 / the golden ratio: its multiples leave no share off by more than a few requests, whatever the count and the shares. */
const STEP = 0.6180339887498949;

/**
 * The point of the next request, where each goes for itself. Also of every second one, or every third, so many fall to a share
 * as its weight says: pages and their images that come in turn are each divided, which strict alternation would not do.
 */
export function nextPoint(point: number): number {
  const next = point + STEP;
  return next < 1 ? next : next - 1;
}

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** A seed for `pointOf`: another salt puts the same values elsewhere. */
export const seedOf = (salt: string): number => mix(fold(salt, OFFSET));

/** The point of a value: the same value, the same point. FNV-1a over its UTF-16 units, mixed as MurmurHash3 does at its end. */
export const pointOf = (value: string, seed: number): number => (mix(fold(value, seed)) >>> 0) / 2 ** 32;

function fold(text: string, from: number): number {
  let hash = from;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash;
}

function mix(hash: number): number {
  const a = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return b ^ (b >>> 16);
}
