/** What a target may send instead of an answer, one character a byte. */
export interface BadAnswer {
  readonly name: string;
  readonly bytes: string;
}

const SPLIT = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
const ok = (lines: string, body = ''): string => `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`;

const STATUS_LINES = [
  '',
  'HTTP/1.1',
  'HTTP/1.1 ',
  'HTTP/1.1 20 OK',
  'HTTP/1.1 2000 OK',
  'HTTP/1.1 099 OK',
  'HTTP/1.1 600 OK',
  'HTTP/1.1 2x0 OK',
  'HTTP/1.1  200 OK',
  'HTTP/2.0 200 OK',
  'HTTP/1.2 200 OK',
  'HTTP/0.9 200 OK',
  'http/1.1 200 OK',
  'HTTP/1.1\t200 OK',
  ' HTTP/1.1 200 OK',
  'ICY 200 OK',
  'GET / HTTP/1.1',
  'HTTP/1.1 200 O\x00K',
  'HTTP/1.1 200 O\x7fK',
  'HTTP/1.1 200\rOK',
  'HTTP/1.1 200\nOK',
  'HTTP/1.1 +200 OK',
  'HTTP/1.1 200OK',
  '<html>',
  '\x15\x03\x01\x00\x02\x02\x46',
];
const HEADS = [
  'Content-Length: 4\r\nContent-Length: 4\r\n',
  'Content-Length: 4\r\nContent-Length: 5\r\n',
  'Content-Length: +4\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 4, 4\r\n',
  'Content-Length: \r\n',
  'Content-Length: 0x4\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Content-Length: 4\x00\r\n',
  'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding: chunked, chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Transfer-Encoding: \x0bchunked\r\n',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
  'Content-Length : 4\r\n',
  ' Content-Length: 4\r\n',
  'Content-Length: 4\r\n\tX: y\r\n',
  'Content-Length: 4\n',
  'Content-Length: 4\r',
  'X: a\rb\r\nContent-Length: 4\r\n',
  'X: a\x00b\r\nContent-Length: 4\r\n',
  'nocolon\r\nContent-Length: 4\r\n',
  ': x\r\nContent-Length: 4\r\n',
  'X y: z\r\nContent-Length: 4\r\n',
  'X\xe4: z\r\nContent-Length: 4\r\n',
  `X: ${'a'.repeat(70_000)}\r\nContent-Length: 4\r\n`,
  `${'X: y\r\n'.repeat(300)}Content-Length: 4\r\n`,
  'Connection: (\r\nContent-Length: 4\r\n',
  'Connection: close x\r\nContent-Length: 4\r\n',
  'Connection: close,\xa0close\r\nContent-Length: 4\r\n',
];
const INTERIM = [
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100),
  'HTTP/1.1 103\nLink: x\r\n\r\n',
];
/** Behind a sound head: too late for a 502, so the answer is cut. */
const CHUNKS = [
  '4 \r\nevil\r\n0\r\n\r\n',
  '0x4\r\nevil\r\n0\r\n\r\n',
  '4\nevil\r\n0\r\n\r\n',
  '4\r\nevil\n0\r\n\r\n',
  '4\r\nevilx\r\n0\r\n\r\n',
  '-4\r\nevil\r\n0\r\n\r\n',
  'x\r\nevil\r\n0\r\n\r\n',
  '\r\n',
  'ffffffffffffffffff\r\n',
  '4;\x00\r\nevil\r\n0\r\n\r\n',
  '4\r\nevil\r\n0\r\nX y\r\n\r\n',
  '4\r\nevil\r\n0\r\n X: y\r\n\r\n',
  `4\r\nevil\r\n0\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
];
/** A sound answer, and then more than was asked for. */
const MORE = [
  `${ok('Content-Length: 2\r\n', 'ok')}${SPLIT}`,
  `${ok('Transfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\n\r\n')}${SPLIT}`,
  `HTTP/1.1 204 No Content\r\n\r\n${SPLIT}`,
  `HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil${SPLIT}`,
  `HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n`,
  `HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil`,
  `${ok('Content-Length: 2\r\n', 'ok')}\r\n`,
  `${ok('Content-Length: 0\r\n')}\x00`,
];

const of = (name: string, bytes: readonly string[]): readonly BadAnswer[] =>
  bytes.map((each) => ({ name: `${name} ${JSON.stringify(each.slice(0, 80))}`, bytes: each }));

/** Each is to be answered 502. */
export const badHeads = (): readonly BadAnswer[] => [
  ...of(
    'status line',
    STATUS_LINES.map((line) => `${line}\r\nContent-Length: 4\r\n\r\nevil`),
  ),
  ...of(
    'head',
    HEADS.map((lines) => ok(lines, `evil${SPLIT}`)),
  ),
  ...of(
    'interim',
    INTERIM.map((interim) => interim + SPLIT),
  ),
];

/** Each is to be cut. */
export const badBodies = (): readonly BadAnswer[] =>
  of(
    'chunks',
    CHUNKS.map((body) => ok('Transfer-Encoding: chunked\r\n', body)),
  );

/** Each is to be passed on, without what comes behind it. */
export const tooMuch = (): readonly BadAnswer[] => of('more than asked for', MORE);
