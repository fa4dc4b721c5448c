/**
 * Times in buckets that never change, so that histograms of whichever worker, data plane and minute can be added up. Sixteen
 * buckets to each doubling: a bucket is at most 1/16 wider than its begin. They begin at multiples of 2^-18 s, so that every
 * power of two of a second is the begin of one.
 */
const UNITS_PER_MS = 2 ** 18 / 1000;
/** To each doubling. */
const FINE = 16;
/** From here on, 256 s, there is one bucket. */
const LONGEST = 2 ** 26;

export const BUCKETS = 369;

/** Counts by bucket: index, count, index, count, ...; the indexes ascending, the counts above 0. */
export type Buckets = readonly number[];

/** The bucket of a time in ms. Allocates nothing: it runs with each request. */
export function bucketOf(ms: number): number {
  const units = ms * UNITS_PER_MS;
  if (units >= LONGEST) return BUCKETS - 1;
  const whole = units > 0 ? units | 0 : 0;
  if (whole < FINE) return whole;
  const doublings = 31 - Math.clz32(whole);
  return (doublings - 4) * FINE + (whole >>> (doublings - 4));
}

/** Where a bucket begins, ms. */
export function beginOf(bucket: number): number {
  if (bucket < FINE) return bucket / UNITS_PER_MS;
  const doublings = Math.floor(bucket / FINE) - 1;
  return ((FINE + (bucket % FINE)) * 2 ** doublings) / UNITS_PER_MS;
}

export function countOf(buckets: Buckets): number {
  let sum = 0;
  for (let at = 1; at < buckets.length; at += 2) sum += buckets[at] ?? 0;
  return sum;
}

/** How many took less than 2^`power` seconds. */
export function countBelow(buckets: Buckets, power: number): number {
  const end = bucketOf(2 ** power * 1000);
  let sum = 0;
  for (let at = 0; at < buckets.length && (buckets[at] ?? 0) < end; at += 2) sum += buckets[at + 1] ?? 0;
  return sum;
}

/**
 * The time that a share `q` of all stayed within, ms, at most 1/32 off: the middle of the bucket it lies in. Undefined without any.
 * @param q in (0, 1]
 */
export function quantile(buckets: Buckets, q: number): number | undefined {
  let left = Math.max(1, Math.ceil(q * countOf(buckets)));
  for (let at = 0; at < buckets.length; at += 2) {
    left -= buckets[at + 1] ?? 0;
    if (left <= 0) return middleOf(buckets[at] ?? 0);
  }
  return undefined;
}

const middleOf = (bucket: number): number =>
  bucket === BUCKETS - 1 ? beginOf(bucket) : (beginOf(bucket) + beginOf(bucket + 1)) / 2;

/** @param sign 1 adds, -1 takes away; a count of 0 is left out */
export function combine(a: Buckets, b: Buckets, sign: 1 | -1): Buckets {
  const sums: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const bucket = Math.min(a[i] ?? BUCKETS, b[j] ?? BUCKETS);
    let count = 0;
    if (a[i] === bucket) {
      count += a[i + 1] ?? 0;
      i += 2;
    }
    if (b[j] === bucket) {
      count += sign * (b[j + 1] ?? 0);
      j += 2;
    }
    if (count !== 0) sums.push(bucket, count);
  }
  return sums;
}
