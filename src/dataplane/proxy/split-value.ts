import type { Split } from '../../core/route/table.ts';
import type { RequestHead } from './http1/request-head.ts';

/** What a request says of itself that a pool may be split by: '' if it does not say it, or nothing in it. */
export function splitValue({ by, name = '' }: Split, { fields }: RequestHead): string {
  if (by === 'header') return firstValue(fields, name, whole);
  return by === 'cookie' ? firstValue(fields, 'cookie', cookieNamed(name)) : '';
}

const COLON = 0x3a;

/**
 * Of the first line of that name in which there is anything. Lines are passed over by their ends.
 * @param block of a head: every line sound, with its CRLF
 * @param name in lower case
 */
function firstValue(block: string, name: string, read: (value: string) => string): string {
  for (let at = 0; at < block.length; ) {
    const end = block.indexOf('\r', at);
    const colon = at + name.length;
    if (block.charCodeAt(colon) === COLON && block.slice(at, colon).toLowerCase() === name) {
      const value = read(block.slice(colon + 1, end).trim());
      if (value !== '') return value;
    }
    at = end + 2;
  }
  return '';
}

const whole = (value: string): string => value;

/**
 * The value of the first cookie of that name (RFC 6265 section 4.2.1): `; ` between them, no white space around `=`, names
 * compared by case. Each character is looked at once or twice, however many there are.
 */
const cookieNamed =
  (name: string) =>
  (list: string): string => {
    for (let at = 0; at < list.length; ) {
      while (list.charCodeAt(at) === 0x20) at += 1;
      const next = list.indexOf(';', at);
      const end = next < 0 ? list.length : next;
      if (list.startsWith(name, at) && list[at + name.length] === '=') return list.slice(at + name.length + 1, end);
      at = end + 1;
    }
    return '';
  };
