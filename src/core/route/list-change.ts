import { isCount, isList, isRecord } from './checks.ts';

/** How a list became another one, in order. What is in both is the same object in both. */
export type ListChange<T> = readonly Splice<T>[];

export interface Splice<T> {
  /** Where in the list from before; none reaches into the one before it. */
  readonly at: number;
  readonly removed: number;
  readonly added: readonly T[];
}

/** Whatever was moved is told as removed and added. */
export function changeOf<T extends object>(before: readonly T[], after: readonly T[]): ListChange<T> {
  const first = alikeFrom(before, after);
  const last = alikeTo(before, after, first);
  const places = new Map(before.slice(first, before.length - last).map((one, index) => [one, first + index]));
  const splices: Splice<T>[] = [];
  let at = first;
  let added: T[] = [];
  const close = (next: number) => {
    if (next > at || added.length > 0) splices.push({ at, removed: next - at, added });
    added = [];
    at = next;
  };
  for (const one of after.slice(first, after.length - last)) {
    const place = places.get(one);
    if (place === undefined || place < at) added.push(one);
    else {
      close(place);
      at = place + 1;
    }
  }
  close(before.length - last);
  return splices;
}

/** Undefined if it is a change of another list. */
export function applyChange<T>(before: readonly T[], change: ListChange<T>): readonly T[] | undefined {
  const after: T[] = [];
  let at = 0;
  for (const splice of change) {
    if (splice.at < at || splice.at + splice.removed > before.length) return undefined;
    for (; at < splice.at; at += 1) after.push(before[at] as T);
    for (const one of splice.added) after.push(one);
    at += splice.removed;
  }
  for (; at < before.length; at += 1) after.push(before[at] as T);
  return after;
}

/** In its shape, and what was added by what it has to be. */
export const isListChange = <T>(v: unknown, isItem: (item: unknown) => item is T = isAnything): v is ListChange<T> =>
  Array.isArray(v) && v.every((one) => isSplice(one) && isList(one.added, isItem));

const isSplice = (v: unknown): v is Splice<unknown> =>
  isRecord(v) && isCount(v['at']) && isCount(v['removed']) && Array.isArray(v['added']);

const isAnything = (_: unknown): _ is never => true;

/** How many from the beginning are the same. */
function alikeFrom(before: readonly unknown[], after: readonly unknown[]): number {
  const most = Math.min(before.length, after.length);
  let count = 0;
  while (count < most && before[count] === after[count]) count += 1;
  return count;
}

/** How many up to the end, behind those. */
function alikeTo(before: readonly unknown[], after: readonly unknown[], first: number): number {
  const most = Math.min(before.length, after.length) - first;
  let count = 0;
  while (count < most && before.at(-1 - count) === after.at(-1 - count)) count += 1;
  return count;
}
