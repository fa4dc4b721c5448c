import { structuredPatch } from 'diff';

/** Bytes of a file that is compared line by line. */
const MOST = 256 * 1024;
/** Changed lines; more are not looked for. */
const MOST_EDITS = 2_000;
const MOST_LINES = 500;

/**
 * What differs between two contents, a line each: ` ` and `-`, `+` before it, `@@` where lines were left out. Undefined for what
 * is no text, too large, or too different.
 */
export function changedLines(from: Uint8Array, to: Uint8Array): string[] | undefined {
  const [before, after] = [textIn(from), textIn(to)];
  if (before === undefined || after === undefined) return undefined;
  const patch = structuredPatch('', '', before, after, '', '', { context: 2, maxEditLength: MOST_EDITS });
  if (!patch) return undefined;
  const lines = patch.hunks.flatMap(({ oldStart, newStart, lines: changed }) => [
    `@@ -${oldStart} +${newStart} @@`,
    ...changed,
  ]);
  return lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), '@@ and more @@'] : lines;
}

function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.length > MOST || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
