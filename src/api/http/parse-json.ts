import { OrcaError } from '../../core/errors.ts';

/** Deeper than any body orca knows. */
const MAX_DEPTH = 64;

/** @throws OrcaError `malformed`: not JSON, nested too deep, or with a key that would reach a prototype */
export function parseJson(text: string): unknown {
  const value = parse(text);
  const left: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = left.pop(); next; next = left.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= MAX_DEPTH) throw new OrcaError('malformed', `the body is nested deeper than ${MAX_DEPTH}`);
    if (Object.hasOwn(next.value, '__proto__')) throw new OrcaError('malformed', '"__proto__" is not a key');
    for (const child of Object.values(next.value)) left.push({ value: child, depth: next.depth + 1 });
  }
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OrcaError('malformed', `the body is not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
}
