import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { web } from './records.ts';
import { type Asked, openApi, type TestApi } from './test-api.ts';

describe('the id of a request', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const ask = (line: string, asked: Asked = {}) => {
    const [method = '', path = ''] = line.split(' ');
    return test.ask(method, path, { as: 'admin', ...asked });
  };
  /** Lines of the log about it: each is written once its answer has gone. */
  async function loggedOf(id: string): Promise<readonly string[]> {
    for (;;) {
      const lines = test.logged.filter((line) => JSON.parse(line).request_id === id);
      if (lines.length > 0) return lines;
      await new Promise(setImmediate);
    }
  }

  it('is that of the client, in the answer and in the log', async () => {
    const { headers } = await ask('GET /api/v1/status', { headers: { 'x-request-id': 'deploy-42/a' } });
    assert.equal(headers['x-request-id'], 'deploy-42/a');
    const [line = '{}'] = await loggedOf('deploy-42/a');
    assert.deepEqual([JSON.parse(line).path, JSON.parse(line).status], ['/api/v1/status', 200]);
  });

  it('is a new one where the client has none, or one that could forge a line', async () => {
    const given = [undefined, '', 'two words', 'x'.repeat(129), 'quote"', 'a\tb', 'ü'];
    const ids = await Promise.all(
      given.map(async (id) => {
        const { headers } = await ask('GET /api/v1/health', {
          headers: id === undefined ? {} : { 'x-request-id': id },
        });
        return String(headers['x-request-id']);
      }),
    );
    for (const id of ids) assert.match(id, /^[0-9a-f]{12}-[0-9a-z]+$/);
    assert.equal(new Set(ids).size, given.length);
  });

  it('stands in the body of every error, whoever refuses', async () => {
    const refused: [string, Asked, number][] = [
      ['GET /api/v1/status', { authorization: 'Bearer nobody' }, 401],
      ['GET /api/v1/status', { headers: { origin: 'https://evil.test' } }, 403],
      ['POST /api/v1/stop', { as: 'viewer' }, 403],
      ['GET /nothing', {}, 404],
      ['DELETE /api/v1/status', {}, 405],
      ['POST /api/v1/deploy', { raw: '{' }, 400],
      ['POST /api/v1/deploy', { body: { services: [{ name: 'NO' }] } }, 422],
      ['POST /api/v1/deploy', { as: 'shopAdmin', body: { services: [web({ project: 'other' })] } }, 403],
      ['GET /v1/internal/images', {}, 501],
    ];
    for (const [line, asked, status] of refused) {
      const answer = await ask(line, asked);
      assert.equal(answer.status, status, line);
      assert.ok(answer.body.request_id, line);
      assert.equal(answer.body.request_id, answer.headers['x-request-id'], line);
    }
  });

  it('stands in the last line of a streamed deploy that was refused', async () => {
    const body = { services: [web({ project: 'other' })] };
    const headers = { accept: 'application/x-ndjson', 'x-request-id': 'r-1' };
    const { text } = await ask('POST /api/v1/deploy', { as: 'shopAdmin', body, headers });
    const last = JSON.parse(text.trim().split('\n').at(-1) ?? '');
    assert.deepEqual([last.type, last.status, last.request_id], ['result', 403, 'r-1']);
  });

  it('can be sent and read by a page of an allowed origin', async (t) => {
    const open = await openApi({ allowedOrigins: ['https://ok.test'] });
    t.after(() => open.close());
    const origin = { origin: 'https://ok.test', 'access-control-request-method': 'GET' };
    const { headers } = await open.ask('OPTIONS', '/api/v1/status', { headers: origin });
    assert.match(String(headers['access-control-allow-headers']), /X-Request-Id/);
    assert.match(String(headers['access-control-expose-headers']), /X-Request-Id/);
  });
});
