/** Keys and list positions from the top of a body or file to a value. */
export type KeyPath = readonly (string | number)[];

/** One thing wrong with a spec, at a place. */
export interface SpecIssue {
  readonly path: KeyPath;
  /** One lower-case sentence: what was expected and what was found. */
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string | undefined;
  /** The place is the key itself, not its value. */
  readonly atKey?: boolean | undefined;
}

/** Most issues told of one file or body; the rest is only counted. */
export const MAX_ISSUES = 100;

/** Keeps the first, and counts all: what a flood of them costs is bounded. */
export interface Report<I> {
  readonly kept: readonly I[];
  /** Those that are not kept. */
  readonly unlisted: () => number;
  readonly add: (issue: I) => void;
  /** Words cost more than counting: they are made for those that are kept. */
  readonly tell: (words: () => I) => void;
}

export function createReport<I>(): Report<I> {
  const kept: I[] = [];
  let count = 0;
  const tell = (words: () => I): void => {
    count += 1;
    if (kept.length < MAX_ISSUES) kept.push(words());
  };
  return { kept, unlisted: () => count - kept.length, add: (issue) => tell(() => issue), tell };
}

/** `services.web.ports[0]`, `services.web.env["A B"]` */
export function formatPath(path: KeyPath): string {
  return path.map(segment).join('').replace(/^\./, '');
}

const segment = (key: string | number): string => {
  if (typeof key === 'number') return `[${key}]`;
  return /^[\w-]+$/.test(key) ? `.${key}` : `[${show(key)}]`;
};

/** A value as a message quotes it: short, one line, never a secret-sized dump. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

/** One thing wrong that is put into words only where it is told. */
export interface Finding {
  readonly path: KeyPath;
  readonly words: () => SpecIssue;
}

export const found = (issue: SpecIssue): Finding => ({ path: issue.path, words: () => issue });

export const startsWith = (path: KeyPath, prefix: KeyPath): boolean =>
  prefix.length <= path.length && prefix.every((key, i) => key === path[i]);
