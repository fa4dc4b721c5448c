import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { OrcaError } from '../../core/errors.ts';

/** Deeper than any body orca knows. */
const MAX_DEPTH = 64;
/** More than a manifest of the CLI can hold. What reading a body costs grows with its values more than with its bytes. */
export const MAX_VALUES = 25_000;
/** Of one text, bytes: a file of 1 MiB in base64 and room to spare. */
export const MAX_TEXT = 2 * 1024 * 1024;
/** Beside the texts, bytes: what is indented deeply is not long, and a number of a million digits is none. */
export const MAX_BESIDE = 4 * 1024 * 1024;
/** Looked at in one go, bytes; then others get their turn. */
const AT_ONCE = 1024 * 1024;

/** How much a body may hold; `text` and `beside` are bytes. */
export interface JsonBounds {
  readonly values: number;
  readonly text: number;
  readonly beside: number;
}

const BOUNDS: JsonBounds = { values: MAX_VALUES, text: MAX_TEXT, beside: MAX_BESIDE };

/**
 * @throws OrcaError `malformed`: not UTF-8, not JSON, nested too deep, or with a key that would reach a prototype; `too_large`:
 * more, or longer, values than any body needs
 */
export async function parseJson(bytes: Buffer, bounds: JsonBounds = BOUNDS): Promise<unknown> {
  if (!isUtf8(bytes)) throw new OrcaError('malformed', 'the body is not UTF-8');
  await refuseFlood(bytes, bounds);
  const value = parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  refusePrototypes(value);
  return value;
}

/** The depth is bounded already. */
function refusePrototypes(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, '__proto__')) throw new OrcaError('malformed', '"__proto__" is not a key');
  for (const child of Object.values(value)) refusePrototypes(child);
}

/**
 * Held against the bytes, before memory is spent on what they say. A value stands first in the text, after a bracket, or
 * after a comma; an empty list or map counts as two.
 */
async function refuseFlood(bytes: Buffer, most: JsonBounds): Promise<void> {
  let [values, depth, beside, rest] = [1, 0, 0, AT_ONCE];
  for (let i = 0; i < bytes.length; i++, beside++) {
    const sign = bytes[i];
    if (sign === QUOTE) i = endOfString(bytes, i, most.text);
    else if (sign === CLOSE_LIST || sign === CLOSE_MAP) depth -= 1;
    else if (sign === COMMA) values += 1;
    else if (sign === OPEN_LIST || sign === OPEN_MAP) [values, depth] = [values + 1, depth + 1];
    if (depth > MAX_DEPTH) throw new OrcaError('malformed', `the body is nested deeper than ${MAX_DEPTH}`);
    if (values > most.values) throw tooLarge(`holds more than ${most.values} values`, most.values);
    if (beside > most.beside) throw tooLarge(`holds more than ${most.beside / MIB} MiB beside its texts`, most.beside);
    if (i < rest) continue;
    await setImmediate();
    rest = i + AT_ONCE;
  }
}

const MIB = 1024 * 1024;
const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Where its closing quote stands: one after an even number of backslashes. */
function endOfString(bytes: Buffer, start: number, most: number): number {
  const end = closingQuote(bytes, start);
  if (end - start <= most) return end;
  throw tooLarge(`holds a text of more than ${most / MIB} MiB`, most);
}

function closingQuote(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return bytes.length;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OrcaError('malformed', `the body is not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
}

const tooLarge = (what: string, limit: number): OrcaError =>
  new OrcaError('too_large', `the body ${what}`, { hint: 'send fewer services at once', details: { limit } });
