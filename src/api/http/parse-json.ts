import { OrcaError } from '../../core/errors.ts';

/** Deeper than any body orca knows. */
const MAX_DEPTH = 64;
/** More than a manifest of the CLI can hold. What reading a body costs grows with its values more than with its bytes. */
export const MAX_VALUES = 25_000;

/**
 * @throws OrcaError `malformed`: not JSON, nested too deep, or with a key that would reach a prototype; `too_large`: more
 * values than any body needs
 */
export function parseJson(text: string): unknown {
  refuseFlood(text);
  const value = parse(text);
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
 * Held against the text, before memory is spent on what it says. A value stands first in the text, after a bracket, or
 * after a comma; an empty list or map counts as two.
 */
function refuseFlood(text: string): void {
  let [values, depth] = [1, 0];
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (sign === '"') i = endOfString(text, i);
    else if (sign === ']' || sign === '}') depth -= 1;
    else if (sign === ',') values += 1;
    else if (sign === '[' || sign === '{') [values, depth] = [values + 1, depth + 1];
    if (depth > MAX_DEPTH) throw new OrcaError('malformed', `the body is nested deeper than ${MAX_DEPTH}`);
    if (values > MAX_VALUES) throw tooMany();
  }
}

/** Where its closing quote stands: one after an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OrcaError('malformed', `the body is not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
}

const tooMany = (): OrcaError =>
  new OrcaError('too_large', `the body holds more than ${MAX_VALUES} values`, {
    hint: 'send fewer services at once',
    details: { limit: MAX_VALUES },
  });
