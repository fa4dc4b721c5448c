import { FAULTS, type Fault } from './fault.ts';
import { FieldLines } from './field-lines.ts';

const MAX_TRAILERS = 32;

/** Never passed on behind a body: framing, routing, credentials, and what decides how the body is read (RFC 9110 section 6.5.1). */
const FORBIDDEN = new Set([
  'accept',
  'age',
  'authorization',
  'cache-control',
  'connection',
  'cookie',
  'date',
  'expect',
  'expires',
  'forwarded',
  'host',
  'keep-alive',
  'location',
  'origin',
  'pragma',
  'proxy',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'referer',
  'retry-after',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'via',
  'www-authenticate',
  'x-real-ip',
  'x-request-id',
]);

/** @returns the lines fit to be passed on, each with its CRLF */
export function parseTrailers(block: string): string | Fault {
  const lines = new FieldLines(block, 0, MAX_TRAILERS);
  let kept = '';
  while (lines.next()) if (!lines.odd && mayPass(lines.name())) kept += block.slice(lines.start, lines.end);
  return lines.fault === undefined ? kept : FAULTS.trailers;
}

const mayPass = (name: string): boolean =>
  !FORBIDDEN.has(name) && !name.startsWith('content-') && !name.startsWith('x-forwarded-') && !name.startsWith('if-');
