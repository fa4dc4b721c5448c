import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

describe('request bodies', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const deploy = (raw: string | Buffer, headers?: Record<string, string>) =>
    test.ask('POST', '/api/v1/deploy', { as: 'admin', raw, ...(headers && { headers }) });

  it('over the limit are refused with 413, and the refusal can be read', async () => {
    const { status, body } = await test.ask('POST', '/api/v1/services/web/scale', {
      as: 'admin',
      raw: JSON.stringify({ replicas: 1, note: 'x'.repeat(64 * 1024) }),
    });
    assert.equal(status, 413);
    assert.equal(body.code, 'too_large');
    assert.ok(body.hint);
    const huge = await deploy(Buffer.alloc(16 * 1024 * 1024 + 1, 0x20));
    assert.equal(huge.status, 413);
  });

  it('sent in chunks are counted as they come', async () => {
    const answer = await rawRequest(test.port, [
      `POST /api/v1/services/web/scale HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${test.tokens.admin}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      ...Array.from({ length: 80 }, () => `400\r\n${' '.repeat(1024)}\r\n`),
      '0\r\n\r\n',
    ]);
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it('that are not what they should be are refused, each with what is wrong', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const refused: [string | Buffer, number, RegExp][] = [
      ['{', 400, /not JSON/],
      ['', 422, /body/],
      [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, /not UTF-8/],
      ['{"__proto__":{"services":[]}}', 400, /__proto__/],
      ['{"services":[{"name":"web","env":{"__proto__":"x"}}]}', 400, /__proto__/],
      [`{"services":${deep}}`, 400, /nested/],
      ['[]', 422, /body/],
      ['null', 422, /body/],
      ['{"services":[]}', 422, /services/],
      ['{"services":{}}', 422, /services/],
      ['{"services":[1]}', 422, /services/],
      ['{"services":[{"name":"web"}],"more":1}', 422, /more/],
    ];
    for (const [raw, status, words] of refused) {
      const answer = await deploy(raw);
      assert.equal(answer.status, status, `${String(raw).slice(0, 60)} ${answer.text}`);
      assert.match(answer.body.error, words);
      assert.ok(answer.body.code && answer.body.hint, answer.text);
    }
  });

  it('are JSON by name, and not compressed', async () => {
    const wrong = [{ 'content-type': 'text/plain' }, { 'content-type': '' }, { 'content-encoding': 'gzip' }];
    for (const headers of wrong) {
      const { status, body } = await deploy('{"services":[]}', headers as Record<string, string>);
      assert.equal(status, 400);
      assert.equal(body.code, 'malformed');
    }
    const right = await deploy(JSON.stringify({ services: [web({ image: 7 })] }), {
      'content-type': 'Application/JSON; charset=utf-8',
    });
    assert.equal(right.status, 422);
  });

  it('of a caller who may not are not read', async () => {
    const answer = await test.ask('POST', '/api/v1/deploy', { as: 'viewer', raw: '{' });
    assert.equal(answer.status, 403);
  });
});

describe('a hundred broken deploys', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const VALUES: readonly unknown[] = [null, '', 'no such thing', -1, 1e99, true, [], {}, [[]], { a: { b: 1 } }];
  const KEYS = [
    'name',
    'project',
    'image',
    'replicas',
    'port',
    'domain',
    'health',
    'env',
    'resources',
    'ports',
    'deploy',
  ];

  const isFine = (key: string, value: unknown) =>
    ['env', 'resources', 'deploy', 'ports'].includes(key) && JSON.stringify(value)?.length === 2;

  it('are each refused in words, none with 500, and nothing is stored', async () => {
    let count = 0;
    for (const key of KEYS) {
      for (const value of VALUES) {
        if (isFine(key, value)) continue;
        const { status, body, text } = await test.ask('POST', '/api/v1/deploy?wait=false', {
          as: 'admin',
          body: { services: [web({ [key]: value })] },
        });
        if (status === 202) continue; // some values are fine for some keys
        count += 1;
        assert.equal(status, 422, `${key}: ${JSON.stringify(value)}: ${text}`);
        assert.equal(body.code, 'invalid');
        assert.ok(body.hint && body.details.issues.length > 0, text);
        assert.doesNotMatch(text, /at .*\.ts:\d+|Error:/);
      }
    }
    assert.ok(count >= 90, `${count} were broken`);
    assert.ok(!test.logged.some((line) => line.includes('"level":"error"')));
  });
});

/** Writes bytes as they are, and reads until the server closes or has answered. */
function rawRequest(port: number, parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.includes('}')) socket.destroy();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    for (const part of parts) socket.write(part);
  });
}
