import type { Random } from './random.ts';

/** Bytes to send on one connection, one character a byte. */
export interface Case {
  readonly name: string;
  readonly bytes: string;
  /** How many requests in it are sound, if all are. */
  readonly valid?: number;
  /** Not a single request in it may be forwarded. */
  readonly refused?: true;
}

const LINE = 'GET / HTTP/1.1\r\n';
const HOST = 'Host: shop.test\r\n';
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: shop.test\r\n\r\n';
const head = (...lines: readonly string[]): string => `${LINE}${HOST}${lines.join('')}\r\n`;
const posting = (lines: string, body: string): string => `POST / HTTP/1.1\r\n${HOST}${lines}\r\n${body}`;
const chunked = (body: string): string => posting('Transfer-Encoding: chunked\r\n', body);

const CODINGS = [
  ',chunked',
  'chunked,',
  'chunked, chunked',
  'chunked,chunked',
  'identity',
  'identity, chunked',
  'chunked, identity',
  'gzip',
  'gzip, chunked',
  'xchunked',
  'chunkedx',
  '"chunked"',
  "'chunked'",
  'chunked;q=1',
  'chunked ;',
  'chunk ed',
  'chu\xefked',
  '\x0bchunked',
  'chunked\x0b',
  'chunked\x00',
  '\x00chunked',
  'chunked\r',
  '\rchunked',
  'chunked\n',
  '',
  'null',
  'chunked\x7f',
  'chunked\xa0',
  '\xa0chunked',
  'chunked,,',
  'cow',
  'chunked\tgzip',
];
const LENGTHS = [
  '+5',
  '-5',
  '5,5',
  '5, 5',
  '5 5',
  '0x5',
  '5\x00',
  '\x005',
  '',
  ' ',
  '5.0',
  '5e0',
  '05x',
  '99999999999999999999',
  '5;',
  '"5"',
  '\xb5',
  '5\x0b',
  '5\r',
  '٥',
  'five',
  '5,',
  ',5',
  '1_0',
  'NaN',
  'Infinity',
  '5\xa0',
];
const NAME_CHARACTERS = [...'_.!~+*\'#$%&^`|()/;<=>?@[]{}"\\, \t\x00\x01\x0b\x0c\x1f\x7f\x80\xa0\xff'];
const HOSTS = [
  '',
  'Host:\r\n',
  'Host: \r\n',
  'Host: shop.test\r\nHost: shop.test\r\n',
  'Host: shop.test\r\nHost: evil.test\r\n',
  'Host: shop.test\r\nhost: shop.test\r\n',
  'Host: u@shop.test\r\n',
  'Host: u:p@shop.test\r\n',
  'Host: shop.test/\r\n',
  'Host: shop.test?\r\n',
  'Host: shop.test#\r\n',
  'Host: shop.test shop.test\r\n',
  'Host: shop.test, evil.test\r\n',
  'Host: shop.test:\r\n',
  'Host: shop.test:80:80\r\n',
  'Host: shop.test:x\r\n',
  'Host: shop.test:99999\r\n',
  'Host: shop.test..\r\n',
  'Host: .shop.test\r\n',
  'Host: shop%2etest\r\n',
  'Host: http://shop.test\r\n',
  'Host: shop.test\x00\r\n',
  'Host: shop.test\x00.evil\r\n',
  'Host: sh\xf6p.test\r\n',
  'Host : shop.test\r\n',
  'Host\t: shop.test\r\n',
  ' Host: shop.test\r\n',
  'Host: shop\r\n .test\r\n',
  'Host: shop.test\n',
  'Host: shop.test\r',
  'Host; shop.test\r\n',
  'Host shop.test\r\n',
  'X: y\r\n Host: shop.test\r\n',
  'Host: [shop.test]\r\n',
  'Host: shop.test\\@evil.test\r\n',
  "Host: shop.test'\r\n",
  'Host: *\r\n',
  'Host: $host\r\n',
];
const TARGETS = [
  '*',
  'shop.test',
  'shop.test:80',
  'index',
  '?',
  '#',
  '/#',
  '/a#b',
  '/?q#f',
  '/a\\b',
  '\\',
  '/\\evil.test',
  '/..',
  '/../',
  '/../../etc',
  '/a/../..',
  '/%2e%2e',
  '/%2E%2e/x',
  '/.%2e/',
  '/%2e./',
  '/..;/admin',
  '/;/../..',
  '/a/..;x/b',
  '/%2e%2e%2fadmin',
  '/..%2fadmin',
  '/..%5cadmin',
  '/%5c',
  '/%00',
  '/a%00b',
  '/%',
  '/%2',
  '/%zz',
  '/%u002f',
  '/x%2f..',
  '/.;/x',
  '/\xe4',
  '/\xff',
  '/\xe4?q',
  '/?\x7f',
  '*?q',
  '/*\xe4',
  '/\x7f',
  '/\x00',
  '/\x01',
  '/a\tb',
  'http://',
  'http:///',
  'http://evil.test/',
  'http://u@shop.test/',
  'http://u:p@shop.test/',
  'http://shop.test:99/',
  'http:/shop.test/',
  'http:shop.test',
  'ftp://shop.test/',
  'file:///etc/passwd',
  'https//shop.test/',
  'http://shop.test\\@evil/',
  'http://shop.test#/',
  'http://shop.test/../..',
  'http://shop.test%2f/',
  '://shop.test/',
  'http://shop.test:/',
  'http://[shop.test]/',
];
const REQUEST_LINES = [
  'GET  / HTTP/1.1',
  'GET /  HTTP/1.1',
  ' GET / HTTP/1.1',
  'GET / HTTP/1.1 ',
  'GET\t/ HTTP/1.1',
  'GET /\tHTTP/1.1',
  'GET /',
  'GET',
  '',
  '/ HTTP/1.1',
  'GET / http/1.1',
  'GET / HTTP/1,1',
  'GET / HTTP/1.1x',
  'GET / HTTP/11',
  'GET / HTTP/2.0',
  'GET / HTTP/1.2',
  'GET / HTTP/0.9',
  'GET / HTTP/3.0',
  'GET / HTTP/1',
  'GET / HTTP/1.',
  'GET / HTTP/.1',
  'GET / HTTP/01.1',
  'GET / HTTP/1.01',
  'GET / HTTP /1.1',
  'GET / HTTPS/1.1',
  'GET / FTP/1.1',
  'GET /a b HTTP/1.1',
  'G(T / HTTP/1.1',
  'G\x00T / HTTP/1.1',
  'GET\x00 / HTTP/1.1',
  'G\xcbT / HTTP/1.1',
  'GET: / HTTP/1.1',
  'CONNECT shop.test:80 HTTP/1.1',
  'CONNECT / HTTP/1.1',
  'TRACE / HTTP/1.1',
  'PRI * HTTP/2.0',
  'HTTP/1.1 200 OK',
  `${'G'.repeat(33)} / HTTP/1.1`,
  'GET / HTTP/1.1\r',
  'GET /\r HTTP/1.1',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'GET / HTTP/1.1, HTTP/1.0',
];
const LINE_ENDS = [
  `GET / HTTP/1.1\n${HOST}\r\n`,
  `${LINE}Host: shop.test\n\r\n`,
  `${LINE}${HOST}\n`,
  `${LINE}${HOST}\nGET /smuggled HTTP/1.1\r\n${HOST}\r\n`,
  `GET / HTTP/1.1\r${HOST}\r\n`,
  `${LINE}${HOST}X: a\rY: b\r\n\r\n`,
  `${LINE}${HOST}X: a\nY: b\r\n\r\n`,
  `${LINE}${HOST}X: a\r\r\n\r\n`,
  `${LINE}${HOST}X: a\n\r\r\n\r\n`,
  `${LINE}${HOST}\r\r\n`,
  `${LINE}${HOST}X: a\r\n b\r\n\r\n`,
  `${LINE}${HOST}X: a\r\n\tb\r\n\r\n`,
  `${LINE} X: a\r\n${HOST}\r\n`,
  `${LINE}\tX: a\r\n${HOST}\r\n`,
  `${LINE}${HOST}X:\r\n a\r\n\r\n`,
  `${LINE}${HOST} \r\n\r\n`,
  `${LINE}${HOST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
  `${LINE}${HOST}Content-Length:\r\n 5\r\n\r\nhello`,
  `${LINE}${HOST}: empty\r\n\r\n`,
  `${LINE}${HOST}:\r\n\r\n`,
  `${LINE}${HOST}nocolon\r\n\r\n`,
  `${LINE}${HOST}X\r\n: a\r\n\r\n`,
  `${'\r\n'.repeat(5)}${LINE}${HOST}\r\n`,
  `\n${LINE}${HOST}\r\n`,
  `\r${LINE}${HOST}\r\n`,
  `${LINE}${HOST}\0\r\n\r\n`,
];
const CHUNKS = [
  '5 \r\nhello\r\n0\r\n\r\n',
  ' 5\r\nhello\r\n0\r\n\r\n',
  '5\t\r\nhello\r\n0\r\n\r\n',
  '0x5\r\nhello\r\n0\r\n\r\n',
  '+5\r\nhello\r\n0\r\n\r\n',
  '-5\r\nhello\r\n0\r\n\r\n',
  '5\nhello\r\n0\r\n\r\n',
  '5\r\nhello\n0\r\n\r\n',
  '5\rhello\r\n0\r\n\r\n',
  'g\r\nhello\r\n0\r\n\r\n',
  '\r\nhello\r\n0\r\n\r\n',
  '5\r\nhelloo\r\n0\r\n\r\n',
  '5\r\nhell\r\n0\r\n\r\n',
  '5\r\nhello0\r\n\r\n',
  '5;a\nb\r\nhello\r\n0\r\n\r\n',
  '5;a\rb\r\nhello\r\n0\r\n\r\n',
  `5;${'a'.repeat(300)}\r\nhello\r\n0\r\n\r\n`,
  '5;\0\r\nhello\r\n0\r\n\r\n',
  'ffffffffffffffff\r\nhello',
  '0000000000000005\r\nhello\r\n0\r\n\r\n',
  '80000000000000000\r\n',
  '5\r\nhello\r\n0\r\nX: y\n\r\n',
  '5\r\nhello\r\n0\r\n X: y\r\n\r\n',
  '5\r\nhello\r\n0\r\nX y\r\n\r\n',
  '5\r\nhello\r\n0\r\nX : y\r\n\r\n',
  '5\r\nhello\r\n0\r\n: y\r\n\r\n',
  '5\r\nhello\r\n0\r\nX: \0\r\n\r\n',
  `0\r\n${'X: y\r\n'.repeat(40)}\r\n`,
  `0\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
  '0\n\n',
  '0\r\n\n',
  '0\r\nGET /smuggled\r\n\r\n',
  '5,5\r\nhello\r\n0\r\n\r\n',
  '5.0\r\nhello\r\n0\r\n\r\n',
  '"5"\r\nhello\r\n0\r\n\r\n',
  '٥\r\nhello\r\n0\r\n\r\n',
];

/** Requests that are wrong on purpose, each in one way. */
export function hostileRequests(): readonly Case[] {
  const refused = (name: string, bytes: string): Case => ({ name, bytes: bytes + SMUGGLED, refused: true });
  return [
    ...CODINGS.map((value) =>
      refused(`coding ${JSON.stringify(value)}`, posting(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n')),
    ),
    ...CODINGS.map((value) =>
      refused(
        `second coding ${JSON.stringify(value)}`,
        posting(`Transfer-Encoding: chunked\r\nTransfer-Encoding: ${value}\r\n`, '0\r\n\r\n'),
      ),
    ),
    ...LENGTHS.map((value) =>
      refused(`length ${JSON.stringify(value)}`, posting(`Content-Length: ${value}\r\n`, 'hello')),
    ),
    ...['5', '6', '0', ''].map((value) =>
      refused(`second length ${value}`, posting(`Content-Length: 5\r\nContent-Length: ${value}\r\n`, 'hello')),
    ),
    refused('length, then coding', posting('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
    refused('coding, then length', posting('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n')),
    refused(
      'coding in HTTP/1.0',
      posting('Transfer-Encoding: chunked\r\n', '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
    ),
    ...NAME_CHARACTERS.flatMap((character) =>
      ['Transfer-Encoding', 'Content-Length', 'X-Forwarded-For', 'Host'].flatMap((name) => [
        refused(
          `${name} with ${JSON.stringify(character)} for -`,
          posting(`${name.replace('-', character)}${name === 'Host' ? character : ''}: chunked\r\n`, ''),
        ),
        refused(`${name} before ${JSON.stringify(character)}`, posting(`${name}${character}: 5\r\n`, 'hello')),
        refused(`${name} after ${JSON.stringify(character)}`, posting(`${character}${name}: 5\r\n`, 'hello')),
      ]),
    ),
    ...HOSTS.map((lines) => refused(`host ${JSON.stringify(lines)}`, `${LINE}${lines}\r\n`)),
    ...TARGETS.map((target) => refused(`target ${JSON.stringify(target)}`, `GET ${target} HTTP/1.1\r\n${HOST}\r\n`)),
    ...REQUEST_LINES.map((line) => refused(`request line ${JSON.stringify(line)}`, `${line}\r\n${HOST}\r\n`)),
    ...LINE_ENDS.map((bytes) => refused(`line ends ${JSON.stringify(bytes)}`, bytes)),
    ...CHUNKS.map(
      (body): Case => ({ name: `chunks ${JSON.stringify(body.slice(0, 60))}`, bytes: chunked(body) + SMUGGLED }),
    ),
    ...[0, 1, 8, 11, 12, 31, 127].map((code) =>
      refused(`value with ${code}`, head(`X: a${String.fromCharCode(code)}b\r\n`)),
    ),
    refused('one header of 70,000', head(`X: ${'a'.repeat(70_000)}\r\n`)),
    refused('a name of 70,000', head(`${'a'.repeat(70_000)}: x\r\n`)),
    refused('300 headers', head('X: y\r\n'.repeat(300))),
    refused('20,000 headers', head('X: y\r\n'.repeat(20_000))),
    refused('a target of 20,000', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`),
    refused('a method of 100,000', `${'G'.repeat(100_000)} / HTTP/1.1\r\n${HOST}\r\n`),
    refused('expectation', posting('Content-Length: 5\r\nExpect: 200-ok\r\n', 'hello')),
    ...['close;', '"close"', 'close x', 'close,\xa0close', 'close\xa0', ', (', 'close, \xe4'].map((list) =>
      refused(`connection list ${JSON.stringify(list)}`, head(`Connection: ${list}\r\n`)),
    ),
    { name: 'a body that never comes', bytes: posting('Content-Length: 50\r\n', '') },
    { name: 'nothing', bytes: '' },
  ];
}

/** Sound requests in unusual shapes: each must be forwarded and answered. */
export function soundRequest(random: Random): Case {
  const [count, shapes] = [1 + random.below(3), [] as string[]];
  for (let each = 0; each < count; each++) shapes.push(soundShape(random));
  return { name: 'sound', bytes: random.pick(['', '', '\r\n', '\r\n\r\n']) + shapes.join(''), valid: count };
}

function soundShape(random: Random): string {
  const path = random.pick([
    '/',
    '/a//b',
    '/./a',
    '/a/../b',
    '/%61',
    '/a%2fb',
    '/?q=%zz&x={}|',
    '/?q=caf\xc3\xa9\xff',
    '//evil.test/',
    '/a;b=c',
    '/.well-known/x',
    'http://shop.test/x',
    'HTTP://SHOP.test',
    '/%252e%252e/',
  ]);
  const host =
    path.length > 1 && /^h/i.test(path)
      ? 'SHOP.test'
      : random.pick(['shop.test', 'Shop.Test', 'shop.test.', 'shop.test:8080', '  shop.test\t ']);
  const lines = [`hOsT:${host.startsWith(' ') ? '' : ' '}${host}\r\n`, ...soundLines(random)];
  const body = random.pick(['', 'hello', SMUGGLED, '0\r\n\r\n', 'x'.repeat(9000), '\0\r\n\xff']);
  const kind = random.below(3);
  if (kind === 0 && random.below(8) === 0)
    return `OPTIONS * HTTP/1.1\r\nHost: shop.test\r\n${lines.slice(1).join('')}\r\n`;
  if (kind === 0)
    return `${random.pick(['GET', 'DELETE', 'OPTIONS', 'PROPFIND'])} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
  if (kind === 1)
    return `POST ${path} HTTP/1.1\r\n${lines.join('')}Content-Length: ${random.pick(['', '00'])}${body.length}\r\n\r\n${body}`;
  return `PUT ${path} HTTP/1.1\r\n${lines.join('')}transfer-encoding:\tChunked \r\n\r\n${soundChunks(body, random)}`;
}

function soundLines(random: Random): readonly string[] {
  const all = [
    'X-Empty:\r\n',
    'user_name: x\r\n',
    'X.Y: x\r\n',
    'Connection_: x\r\n',
    'X-Bytes: \xe4\xff\t!\r\n',
    'Accept: */*\r\n',
    'X-Forwarded-For: 6.6.6.6\r\n',
    'Forwarded: for=6.6.6.6\r\n',
    'X-Real-IP: 6.6.6.6\r\n',
    'Connection: X-Forwarded-For, X-Real-IP\r\n',
    'Connection: keep-alive\r\n',
    'Connection: , keep-alive ,\t,x_y!,Transfer-Encoding,\r\n',
    'X-Request-Id: a b\r\n',
    'TE: trailers\r\n',
    'Upgrade: h2c\r\n',
    'Cookie: a=b; c="d"\r\n',
    'x-forwarded-proto: https\r\n',
    'Proxy-Connection: keep-alive\r\n',
    'Connection: content-length, transfer-encoding, host\r\n',
  ];
  return all.filter(() => random.below(4) === 0);
}

function soundChunks(body: string, random: Random): string {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const size = 1 + random.below(body.length - at);
    text += `${random.pick(['', '0'])}${size.toString(16).toUpperCase()}${random.pick(['', ';a', ';a="b"'])}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}${random.pick(['0', '000'])}\r\n${random.pick(['', 'X-Sum: 1\r\n', 'Content-Length: 5\r\nTransfer-Encoding: x\r\n'])}\r\n`;
}

const SPLINTERS = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '\x0b',
  '\x7f',
  '\x80',
  '\xff',
  '_',
  '-',
  '%',
  '%2e',
  '/',
  '\\',
  '0',
  '5',
  'chunked',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Host: evil.test\r\n',
  'Connection: close\r\n',
  'X-Forwarded-For: 6.6.6.6\r\n',
  ' HTTP/1.1',
  SMUGGLED,
];

/** A sound request with a few bytes changed: whatever comes of it, it must be one thing. */
export function mutatedRequest(random: Random): Case {
  let bytes = soundRequest(random).bytes;
  for (let times = 1 + random.below(3); times > 0; times--) bytes = mutate(bytes, random);
  return { name: 'mutated', bytes };
}

function mutate(bytes: string, random: Random): string {
  // Most of what decides stands in the head.
  const at = random.below(random.below(4) === 0 ? bytes.length + 1 : Math.min(bytes.length + 1, 200));
  const cut = at + random.below(4);
  switch (random.below(4)) {
    case 0:
      return bytes.slice(0, at) + random.pick(SPLINTERS) + bytes.slice(at);
    case 1:
      return bytes.slice(0, at) + bytes.slice(cut);
    case 2:
      return bytes.slice(0, at) + random.pick(SPLINTERS) + bytes.slice(cut);
    default:
      return bytes.slice(0, at) + bytes.slice(Math.max(0, at - random.below(60)));
  }
}
