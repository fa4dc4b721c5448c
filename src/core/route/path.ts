/** Anything that may need work: an escape, a parameter, an empty or dotted segment. */
const SUSPECT = /[%;]|\/[/.]/;
/** What no path may hold: controls, space, non-ASCII, `\`, `#`, and the query's `?`. */
const FORBIDDEN = /[^!-~]|[\\#?]/;
const ESCAPES = /%([0-9A-Fa-f]{2})?/g;
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * The one spelling of a request path (RFC 3986 section 6.2.2), used for matching *and* forwarded, so that a target
 * never reads a path other than the one that chose it. Escapes of unreserved characters are decoded, the others
 * upper-cased; empty segments are merged; dot segments are resolved. Undefined, so refused: a path not starting with
 * `/`, a broken escape, `%00`, `%5C`, a `..` above the root, and dot segments hidden behind `%2F` or `;`.
 * Applying it twice changes nothing.
 */
export function normalisePath(path: string): string | undefined {
  if (path.charCodeAt(0) !== 0x2f || FORBIDDEN.test(path)) return undefined;
  if (!SUSPECT.test(path)) return path;
  const decoded = decodeUnreserved(path);
  return decoded === undefined ? undefined : resolveSegments(decoded);
}

function decodeUnreserved(path: string): string | undefined {
  let broken = false;
  const decoded = path.replace(ESCAPES, (sequence: string, hex: string | undefined) => {
    const character = hex === undefined ? '\0' : String.fromCharCode(Number.parseInt(hex, 16));
    if (character === '\0' || character === '\\') broken = true;
    return UNRESERVED.test(character) ? character : sequence.toUpperCase();
  });
  return broken ? undefined : decoded;
}

function resolveSegments(path: string): string | undefined {
  const segments: string[] = [];
  const parts = path.split('/');
  for (const part of parts) {
    if (hidesDots(part)) return undefined;
    if (part === '..' && segments.pop() === undefined) return undefined;
    if (part !== '' && part !== '.' && part !== '..') segments.push(part);
  }
  const last = parts.at(-1) ?? '';
  const directory = last === '' || last === '.' || last === '..';
  return directory && segments.length > 0 ? `/${segments.join('/')}/` : `/${segments.join('/')}`;
}

/** `..;a`, `..%2Fadmin`, `x%2F..`: dot segments to servers that drop parameters or decode slashes early. */
function hidesDots(segment: string): boolean {
  if (!segment.includes('%2F') && !segment.includes(';')) return false;
  return segment.split('%2F').some((part) => /^\.{1,2}(?:;|$)/.test(part));
}
