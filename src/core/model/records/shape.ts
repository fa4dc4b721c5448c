import type { EngineTime } from '../../clock.ts';

/**
 * Says of a value that was read whether it has the shape of `V`: what does not fit first, or nothing. Written by hand, as
 * thousands of records are looked at in a start. It looks at what code relies on, no more: what may be asked for is the
 * manifest's matter. Keys it does not know are let be.
 */
export interface Shape<V> extends Look {
  /** Never there: a shape of one type is none of another, also of one that only has a key more that may be missing. */
  readonly of?: (value: V) => readonly [V, Required<V>];
}

type Look = (value: unknown) => Misfit | undefined;

export interface Misfit {
  /** Keys on the way to it; none for the value as a whole. */
  readonly path: readonly string[];
  /** `is no number` */
  readonly what: string;
}

export const text: Shape<string> = (value) => (typeof value === 'string' ? undefined : isNot(value, 'text'));
export const number: Shape<number> = (value) => (typeof value === 'number' ? undefined : isNot(value, 'number'));
/** Of a container's start or end: only ever equal to another one. */
export const moment: Shape<EngineTime> = (value) => number(value);
export const flag: Shape<boolean> = (value) => (typeof value === 'boolean' ? undefined : isNot(value, 'true or false'));

/** One of some words. */
export const word =
  <const W extends string>(...words: readonly W[]): Shape<W> =>
  (value) =>
    words.some((each) => each === value) ? undefined : isNot(value, words.join(' or '));

/** True, or not there. */
export const mark: Shape<true | undefined> = (value) =>
  value === undefined || value === true ? undefined : isNot(value, 'true');

export const optional =
  <V>(shape: Shape<V>): Shape<V | undefined> =>
  (value) =>
    value === undefined ? undefined : shape(value);

export const list =
  <V>(item: Shape<V>): Shape<readonly V[]> =>
  (value) =>
    Array.isArray(value) ? firstMisfit(value.entries(), item) : isNot(value, 'list');

/** Any names, values of one kind. */
export const map =
  <V>(item: Shape<V>): Shape<Readonly<Record<string, V>>> =>
  (value) =>
    isMap(value) ? firstMisfit(Object.entries(value), item) : isNot(value, 'map');

/** Every key of `T` is named, also one that may be missing: a key that is added is thought of here, or does not compile. */
export function object<T>(keys: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const looks = Object.entries<Look>(keys);
  return (value) => {
    if (!isMap(value)) return isNot(value, 'map');
    for (const [key, look] of looks) {
      const misfit = look(value[key]);
      if (misfit) return { ...misfit, path: [key, ...misfit.path] };
    }
    return undefined;
  };
}

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function firstMisfit(entries: Iterable<readonly [string | number, unknown]>, look: Look): Misfit | undefined {
  for (const [key, value] of entries) {
    const misfit = look(value);
    if (misfit) return { ...misfit, path: [String(key), ...misfit.path] };
  }
  return undefined;
}

const isNot = (value: unknown, what: string): Misfit => ({
  path: [],
  what: value === undefined ? 'is missing' : `is no ${what}`,
});
