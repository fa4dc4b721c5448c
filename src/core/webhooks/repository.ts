import type { Reading } from '../units.ts';

const EXPECTED = 'expected a repository such as acme/shop, or its address';
/** GitLab's may lie in groups of groups. */
const PATH = /^[\w.~-]+(?:\/[\w.~-]+)+$/;

/** `https://github.com/acme/shop.git`, `git@github.com:acme/shop.git` or `acme/shop`, as `acme/shop`. */
export function readRepository(text: string): Reading<string> {
  const path = text
    .trim()
    .replace(/^(?:https?|ssh|git):\/\/[^/]+\//, '')
    .replace(/^[^/@]+@[^/:]+:/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
  if (path.length > 200 || !PATH.test(path) || path.split('/').some((part) => /^\.+$/.test(part)))
    return { message: EXPECTED };
  return { value: path };
}

/** Providers take upper and lower case for the same. */
export const isSameRepository = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
