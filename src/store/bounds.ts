/** Keys from `low` on and before `high`; without `high`, to the end. In order of bytes, which is that of code points. */
export interface Bounds {
  readonly low: string;
  readonly high: string | undefined;
}

interface Paged {
  readonly prefix: string;
  readonly after?: string | undefined;
  readonly reverse?: boolean | undefined;
}

/** The keys a range asks for; `after` cuts at the end where a page goes on. */
export function boundsOf({ prefix, after, reverse = false }: Paged): Bounds {
  const whole = { low: prefix, high: prefixEnd(prefix) };
  if (after === undefined) return whole;
  if (reverse) return whole.high === undefined || before(after, whole.high) ? { ...whole, high: after } : whole;
  return before(after, prefix) ? whole : { ...whole, low: `${after}\0` };
}

/** The first key after all that begin with the prefix. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? LAST_POINT;
    if (point < LAST_POINT) return points.join('') + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}

const LAST_POINT = 0x10ffff;

/** In order of bytes; the order of UTF-16, which is quicker to tell, is the same unless there is a pair of surrogates. */
export function compareKeys(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : Number(a > b);
}

const SURROGATE = /[\ud800-\udfff]/;

const before = (a: string, b: string): boolean => compareKeys(a, b) < 0;
