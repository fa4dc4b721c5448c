import type { Split } from '../../core/route/table.ts';
import { FieldLines } from './http1/field-lines.ts';
import type { RequestHead } from './http1/request-head.ts';

/** What a request says of itself that a pool may be split by: '' if it does not say it, or nothing in it. */
export function splitValue({ by, name = '' }: Split, { fields }: RequestHead): string {
  if (by === 'header') return firstValue(fields, name, whole);
  return by === 'cookie' ? firstValue(fields, 'cookie', cookieNamed(name)) : '';
}

/** Of the first line of that name in which there is anything. @param block has been walked without a fault before */
function firstValue(block: string, name: string, read: (value: string) => string): string {
  const lines = new FieldLines(block, 0, Number.MAX_SAFE_INTEGER);
  while (lines.next()) {
    if (lines.nameEnd - lines.start !== name.length || lines.name() !== name) continue;
    const value = read(lines.value());
    if (value !== '') return value;
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
