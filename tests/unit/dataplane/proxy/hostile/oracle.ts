/**
 * Reads what a server got as the strictest server would, by expressions instead of the proxy's own parser, so that
 * the two cannot err alike. Anything that two servers could read differently is a violation.
 */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export type Reading =
  | { readonly kind: 'request'; readonly request: SeenRequest; readonly end: number }
  /** The head, or the body behind a sound head, is not whole. */
  | { readonly kind: 'partial'; readonly headSeen: boolean }
  | { readonly kind: 'violation'; readonly why: string };

const REQUEST_LINE =
  /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+ (?=\/)|OPTIONS (?=\* ))([!-~]+(?<query>\?[!-~\x80-\xff]*)?) HTTP\/1\.1$/;
const FIELD = /^([A-Za-z0-9-]+): ?([\t\x20-\x7e\x80-\xff]*)$/;
const ONCE = [
  'host',
  'content-length',
  'transfer-encoding',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
];
const NEVER = [
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'proxy-connection',
  'proxy',
  'forwarded',
  'http2-settings',
];

/** @param text one character a byte */
export function readRequest(text: string): Reading {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return badPart(text) ?? { kind: 'partial', headSeen: false };
  const [line = '', ...fields] = text.slice(0, end).split('\r\n');
  const path = REQUEST_LINE.exec(line)?.[1];
  if (path === undefined) return violation(`request line ${JSON.stringify(line)}`);
  const headers = readFields(fields);
  if (typeof headers === 'string') return violation(headers);
  const wrong = wrongPath(path) ?? wrongHeaders(headers);
  if (wrong !== undefined) return violation(wrong);
  return readBody(text, end + 4, { method: line.split(' ')[0] ?? '', path, headers });
}

const violation = (why: string): Reading => ({ kind: 'violation', why });

const badPart = (text: string): Reading | undefined =>
  /[^\t\r\n\x20-\x7e\x80-\xff]|\r[^\n]|[^\r]\n/.test(text)
    ? violation(`bytes of a head ${JSON.stringify(text)}`)
    : undefined;

function readFields(lines: readonly string[]): Map<string, string> | string {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) return `field line ${JSON.stringify(line)}`;
    const key = name.toLowerCase();
    if (headers.has(key) && ONCE.includes(key)) return `${key} twice`;
    if (NEVER.includes(key)) return `${key} forwarded`;
    headers.set(key, value);
  }
  return headers;
}

function wrongPath(path: string): string | undefined {
  const [only = ''] = path.split('?');
  const decoded = only.replaceAll(/%2e/gi, '.');
  if (path.includes('#') || /\/\/|\\|%5c|%00|%(?![0-9a-f]{2})/i.test(only)) return `path ${path}`;
  return /\/\.\.?(?:[/;]|%2f|$)/i.test(decoded) ? `dot segments in ${path}` : undefined;
}

function wrongHeaders(headers: ReadonlyMap<string, string>): string | undefined {
  const [host, length, coding] = ['host', 'content-length', 'transfer-encoding'].map((name) => headers.get(name));
  if (!/^shop\.test(:[0-9]{1,5})?$/.test(host ?? '')) return `host ${host}`;
  if (length !== undefined && coding !== undefined) return 'two lengths';
  if (length !== undefined && !/^(0|[1-9][0-9]*)$/.test(length)) return `length ${length}`;
  if (coding !== undefined && coding !== 'chunked') return `coding ${coding}`;
  if (headers.get('x-forwarded-for') !== '127.0.0.1' || headers.get('x-real-ip') !== '127.0.0.1')
    return 'a spoofed address';
  if (headers.get('x-forwarded-proto') !== 'http') return 'a spoofed scheme';
  return undefined;
}

function readBody(text: string, from: number, head: Omit<SeenRequest, 'body'>): Reading {
  if (head.headers.has('transfer-encoding')) return readChunks(text, from, head);
  const end = from + Number(head.headers.get('content-length') ?? 0);
  if (text.length < end) return { kind: 'partial', headSeen: true };
  return { kind: 'request', request: { ...head, body: text.slice(from, end) }, end };
}

function readChunks(text: string, from: number, head: Omit<SeenRequest, 'body'>): Reading {
  let body = '';
  for (let at = from; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return { kind: 'partial', headSeen: true };
    const size = text.slice(at, lineEnd);
    if (!/^(0|[1-9a-f][0-9a-f]*)$/.test(size)) return violation(`chunk size ${JSON.stringify(size)}`);
    const start = lineEnd + 2;
    const length = Number.parseInt(size, 16);
    if (length === 0) return readTrailers(text, start, { ...head, body });
    if (text.length < start + length + 2) return { kind: 'partial', headSeen: true };
    if (text.slice(start + length, start + length + 2) !== '\r\n') return violation('no CRLF behind a chunk');
    body += text.slice(start, start + length);
    at = start + length + 2;
  }
}

function readTrailers(text: string, from: number, request: SeenRequest): Reading {
  if (text.startsWith('\r\n', from)) return { kind: 'request', request, end: from + 2 };
  const end = text.indexOf('\r\n\r\n', from);
  if (end < 0) return { kind: 'partial', headSeen: true };
  const trailers = readFields(text.slice(from, end).split('\r\n'));
  if (typeof trailers === 'string') return violation(`trailer: ${trailers}`);
  const framing = ['host', 'content-length', 'transfer-encoding'].find((name) => trailers.has(name));
  return framing === undefined ? { kind: 'request', request, end: end + 4 } : violation(`trailer ${framing}`);
}
