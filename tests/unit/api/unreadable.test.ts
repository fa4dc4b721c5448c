import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { openApi, type TestApi } from './test-api.ts';

describe('what is no request that can be read', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  /** Until the server closes. */
  const send = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(test.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data) => {
        answer += data;
      });
      socket.on('error', () => undefined).on('close', () => resolve(answer));
      socket.write(text);
    });

  const CASES: readonly [what: string, text: string, status: number, code: string, words: RegExp][] = [
    ['no HTTP', '\x16\x03\x01\x02\0\r\n\r\n', 400, 'malformed', /not HTTP/],
    ['a head that is too large', `GET / HTTP/1.1\r\nX: ${'a'.repeat(17_000)}`, 431, 'too_large', /larger than 16 KiB/],
    ['a request without Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed', /Host is missing/],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: foo\r\n\r\n', 417, 'malformed', /expectation/],
    [
      'a body with two lengths',
      'POST /api/v1/stop HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed',
      /not HTTP/,
    ],
  ];
  for (const [what, text, status, code, words] of CASES)
    it(`is refused with a body like any other: ${what}`, async () => {
      const [head = '', body = ''] = (await send(text)).split('\r\n\r\n');
      assert.match(head, new RegExp(`^HTTP/1.1 ${status} [A-Z]`));
      assert.match(head, /\r\nContent-Type: application\/json/i);
      const told = JSON.parse(body);
      assert.equal(told.code, code);
      assert.match(told.error, words);
      assert.ok(told.hint);
    });

  it('ends an answer under way, and writes nothing into it', async () => {
    const socket = connect(test.port, '127.0.0.1');
    let answer = '';
    const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
    socket.on('data', (data) => {
      if (answer === '') socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n');
      answer += data;
    });
    socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${test.tokens.viewer}\r\n\r\n`);
    await closed;
    assert.match(answer, /^HTTP\/1.1 200 /);
    assert.doesNotMatch(answer, /malformed/);
  });
});
