import type { Reading } from '../../units.ts';
import { read, shown, text } from './read.ts';

const EXPECTED = 'expected a domain such as shop.example.com';
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** No scheme, port, path or wildcard, and no number last, as an address has; the rest is IDNA's. */
const FORM = '^(?!(.*\\.)?\\d+\\.?$)(?!.*\\.\\.)[^\\s/:*?#%@\\[\\]_]+$';

/** A host name, lower case, ASCII (IDNA), without a trailing dot. */
export const domain = () => read(shown(text(EXPECTED, 300), { pattern: FORM }), parseDomain);

/**
 * RFC 1123 section 2.1 and RFC 5890. A name is what a certificate and a DNS record can be had for, so addresses,
 * ports and paths are refused.
 */
export function parseDomain(written: string): Reading<string> {
  const lower = written.toLowerCase().replace(/\.$/, '');
  const foreign = describeForeign(lower);
  if (foreign) return foreign;
  const ascii = toAscii(lower);
  if (ascii === undefined || ascii.length > 253) return { message: EXPECTED };
  const labels = ascii.split('.');
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) {
    return { message: EXPECTED, hint: 'a domain is a name, not an address; use `ports` to publish on an address' };
  }
  return labels.every((label) => LABEL.test(label)) ? { value: ascii } : { message: EXPECTED };
}

function describeForeign(written: string): Reading<string> | undefined {
  const bare = /^(?:[a-z]+:\/\/)?([^/:?#@]+)(?::\d+)?(?:\/.*)?$/.exec(written)?.[1];
  const hint = bare === undefined || bare === written ? undefined : `did you mean ${bare}?`;
  if (/^\[|:.*:/.test(written) && !written.includes('/')) {
    return { message: EXPECTED, hint: 'a domain is a name, not an address' };
  }
  if (written.includes('://')) return { message: EXPECTED, hint: hint ?? 'write it without the scheme' };
  if (written.includes(':')) return { message: 'expected a domain without a port', hint };
  return written.includes('/')
    ? { message: 'expected a domain without a path; use `routes` for paths', hint }
    : undefined;
}

/** IDNA as URLs do it; undefined if it is none. Only called with what could be a host, so nothing else is read into it. */
function toAscii(name: string): string | undefined {
  if (/[\s%?#@\\[\]<>^|]/.test(name)) return undefined;
  const plain = /^[a-z0-9.-]*$/.test(name);
  if (plain && !name.split('.').some((label) => label.startsWith('xn--'))) return name;
  try {
    return new URL(`http://${name}/`).hostname;
  } catch {
    return undefined;
  }
}
