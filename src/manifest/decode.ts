/** Bytes of a manifest, at most. */
export const MAX_MANIFEST = 1024 * 1024;

/** A file that is not text, at the place where it stops being it. */
export interface DecodeProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/** UTF-8 text without its byte order mark, or why it is none. */
export function decode(input: string | Uint8Array): { readonly text: string; readonly problem?: DecodeProblem } {
  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.byteLength;
  if (bytes > MAX_MANIFEST)
    return { text: '', problem: { line: 1, column: 1, message: 'the file is larger than 1 MiB' } };
  if (typeof input === 'string') return { text: input.replace(/^\uFEFF/, '') };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(input) };
  } catch {
    return {
      text: '',
      problem: { ...placeOfBadByte(input), message: 'a byte that is not UTF-8', hint: 'save the file as UTF-8' },
    };
  }
}

/** Lines are told apart by bytes: no UTF-8 sequence holds a line feed. */
function placeOfBadByte(bytes: Uint8Array): { line: number; column: number } {
  const lines = new TextDecoder('latin1').decode(bytes).split('\n');
  let start = 0;
  for (const [i, line] of lines.entries()) {
    const own = bytes.subarray(start, start + line.length);
    if (!isUtf8(own)) return { line: i + 1, column: columnOfBadByte(own) };
    start += line.length + 1;
  }
  return { line: lines.length, column: 1 };
}

/** Prefixes up to the bad byte can be decoded, longer ones cannot. */
function columnOfBadByte(line: Uint8Array): number {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isUtf8(line.subarray(0, middle), true)) low = middle;
    else high = middle - 1;
  }
  return new TextDecoder().decode(line.subarray(0, low), { stream: true }).length + 1;
}

function isUtf8(bytes: Uint8Array, unfinished = false): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: unfinished });
    return true;
  } catch {
    return false;
  }
}
