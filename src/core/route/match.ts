import { normalisePath } from './path.ts';

interface Rule {
  readonly host: string;
  readonly path: string;
}

/** Rules by host, longest path first. Built once per table, read once per request. */
export type RouteIndex<R extends Rule> = ReadonlyMap<string, readonly R[]>;

export function indexRoutes<R extends Rule>(routes: readonly R[]): RouteIndex<R> {
  const sorted = [...routes].sort((a, b) => b.path.length - a.path.length || (a.path < b.path ? -1 : 1));
  return Map.groupBy(sorted, (route) => route.host);
}

/**
 * The rule with the longest prefix of whole segments.
 * @param host as `parseAuthority` gives it
 * @param path as `normalisePath` gives it
 */
export function matchRoute<R extends Rule>(index: RouteIndex<R>, host: string, path: string): R | undefined {
  const rules = index.get(host);
  if (rules === undefined) return undefined;
  for (const rule of rules) if (covers(rule.path, path)) return rule;
  return undefined;
}

/** The path without the rule's prefix; always starts with exactly one `/`. */
export function stripPrefix(prefix: string, path: string): string {
  if (prefix === '/') return path;
  const rest = path.slice(prefix.length);
  return rest === '' ? '/' : rest;
}

/** A rule's path in the spelling that requests are matched in. */
export const canonicalPrefix = (path: string): string => {
  const normal = normalisePath(path) ?? path;
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
};

function covers(prefix: string, path: string): boolean {
  if (prefix.length === 1) return true;
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length || path.charCodeAt(prefix.length) === 0x2f;
}
