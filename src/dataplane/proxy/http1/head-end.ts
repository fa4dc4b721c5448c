import { FAULTS, type Fault } from './fault.ts';

/** What came of a message whose head is not whole yet, and what is known to be sound of it. */
export interface FoundHead {
  /** Every line with its CRLF, without the empty line. */
  readonly text: string;
  /** Offset behind the empty line. */
  readonly end: number;
}

const CR = 13;
const LF = 10;
const MOST_EMPTY_LINES = 4;

/**
 * Empty lines before a request are no part of it (RFC 9112 section 2.2): some clients end a body with one too many.
 * @returns the offset behind them
 */
export function skipEmptyLines(bytes: Buffer): number {
  let at = 0;
  while (at < MOST_EMPTY_LINES * 2 && bytes[at] === CR && bytes[at + 1] === LF) at += 2;
  return at;
}

/**
 * Finds the end of the head that starts at `from`. Undefined: more bytes are needed. A head that can no longer become
 * a sound one is refused at once rather than waited for.
 * @param checked offset up to which an earlier call has seen this head: that is not looked at again
 */
export function findHead(bytes: Buffer, from: number, limit: number, checked = 0): FoundHead | Fault | undefined {
  const start = Math.max(from, checked - 3);
  const text = bytes.toString('latin1', start, Math.min(bytes.length, from + limit));
  const end = text.indexOf('\r\n\r\n');
  if (end >= 0) return { text: textUpTo(bytes, from, start, text.slice(0, end + 2)), end: start + end + 4 };
  if (isBrokenHead(text.slice(unsure(bytes, from, checked) - start))) return FAULTS.lineEnd;
  return bytes.length - from >= limit ? FAULTS.headTooLarge : undefined;
}

const textUpTo = (bytes: Buffer, from: number, start: number, last: string): string =>
  start === from ? last : bytes.toString('latin1', from, start) + last;

/** Where what was seen ends; a CR at that end is sound only if a LF follows. */
const unsure = (bytes: Buffer, from: number, checked: number): number =>
  Math.max(from, bytes[checked - 1] === CR ? checked - 1 : checked);

/** A bare CR or LF, or a control character. */
const BROKEN = /\r[^\n]|(?:^|[^\r])\n|[^\t\r\n\x20-\x7e\x80-\xff]/;

/** Whether the beginning of a block of lines can no longer become a sound one. */
export const isBrokenHead = (text: string): boolean => BROKEN.test(text);
