import { FAULTS, type Fault } from './fault.ts';

/** What came of a message whose head is not whole yet, and what is known to be sound of it. */
export interface FoundHead {
  /** Every line with its CRLF, without the empty line. */
  readonly text: string;
  /** Offset behind the empty line. */
  readonly end: number;
}

/**
 * Finds the end of the head that starts at `from`. Undefined: more bytes are needed. A head that can no longer become
 * a sound one is refused at once rather than waited for.
 */
export function findHead(bytes: Buffer, from: number, limit: number): FoundHead | Fault | undefined {
  const text = bytes.toString('latin1', from, Math.min(bytes.length, from + limit));
  const end = text.indexOf('\r\n\r\n');
  if (end >= 0) return { text: text.slice(0, end + 2), end: from + end + 4 };
  if (isBrokenHead(text)) return FAULTS.lineEnd;
  return bytes.length - from >= limit ? FAULTS.headTooLarge : undefined;
}

/** A bare CR or LF, or a control character. */
const BROKEN = /\r[^\n]|(?:^|[^\r])\n|[^\t\r\n\x20-\x7e\x80-\xff]/;

/** Whether the beginning of a block of lines can no longer become a sound one. */
export const isBrokenHead = (text: string): boolean => BROKEN.test(text);
