import type { Style } from './style.ts';
import { harmless } from './width.ts';

/**
 * A hint of the API for somebody at a command line: what speaks of requests is left out, or said in verbs.
 * @param code of the error that it belongs to
 */
export function hintHere(code: string | null, hint: string | undefined): string | undefined {
  if (hint === undefined || !/\bGET \/|Authorization:|\?project=/.test(hint)) return hint;
  return code === 'unplaceable' ? 'look at what runs where with `orca ps`' : undefined;
}

/** Below a service's error. */
export function hintLines(code: string | null, hint: string | null, style: Style): string[] {
  const here = hintHere(code, hint ?? undefined);
  return here ? [`  ${style.accent('hint:')} ${harmless(here)}`] : [];
}
