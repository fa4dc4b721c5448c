const FIRST = 1_000;
const LONGEST = 300_000;

/**
 * How long to wait before the next task of a slot, ms: nothing after the first bad end, then 1, 2, 4 ... 300 s, each
 * shifted by up to 20 % so that many slots do not come back in step. `seed` makes the shift; the same seed, the same shift.
 *
 * @param failures bad ends in a row, the last one included
 */
export function backoff(failures: number, seed: string): number {
  if (failures <= 1) return 0;
  const wait = Math.min(LONGEST, FIRST * 2 ** Math.min(failures - 2, 20));
  return Math.round(wait * (0.8 + 0.4 * fraction(seed)));
}

/** A number in [0, 1) made from text: FNV-1a. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
