import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openApi, type TestApi } from './test-api.ts';

describe('what is asked for wrongly', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const refusal = async (what: string, body?: unknown) => {
    const [method = '', target = ''] = what.split(' ');
    const answer = await test.ask(method, `/api/v1/${target}`, { as: 'admin', ...(body !== undefined && { body }) });
    assert.deepEqual([answer.status, answer.body.code], [422, 'invalid'], answer.text);
    return answer.body;
  };

  it('is told in one sentence, once, with what was expected and what was found', async () => {
    const cases: [string, unknown, string][] = [
      ['POST services/web/scale', { replicas: 5000 }, 'replicas: expected a whole number from 0 to 1000, found 5000'],
      ['POST services/web/scale', { replicas: '3' }, 'replicas: expected a whole number from 0 to 1000, found "3"'],
      ['POST services/web/scale', {}, 'replicas: missing: expected a whole number from 0 to 1000'],
      ['POST services/web/scale', [], 'the body: expected a map, found an empty list'],
      ['POST services/web/scale', { replicas: 1, count: 2 }, 'count: unknown key `count`'],
      ['POST deploy', { services: [] }, 'services: expected a list of 1 to 500 services, found an empty list'],
      ['POST deploy', { services: [1] }, 'services[0]: expected a map, found 1'],
      ['GET status?project=Shop', undefined, 'project: expected a name of a-z, 0-9 and -, beginning with a letter'],
      [`GET services/web/logs?since=${'9'.repeat(309)}d`, undefined, 'since: expected a duration such as 10m, a time'],
      ['GET deployments?limit=501', undefined, 'limit: expected a whole number from 0 to 500, found 501'],
      ['GET deployments?state=done', undefined, 'state: expected pending, running, paused, succeeded, failed'],
      ['DELETE services/web?purge=perhaps', undefined, 'purge: expected true or false, found "perhaps"'],
      ['GET services/web/logs?since=soon', undefined, 'since: expected a duration such as 10m, a time such as'],
    ];
    for (const [what, body, sentence] of cases) {
      const { error, hint, details } = await refusal(what, body);
      assert.ok(error.startsWith(sentence), `${what}: ${error}`);
      assert.equal(details, undefined, what);
      assert.doesNotMatch(hint, /openapi/);
    }
  });

  it('in several places is told of each', async () => {
    const { error, details } = await refusal('GET deployments?limit=x&page=y');
    assert.match(error, /^page: expected a whole number from 0 to 1000000, found "y" \(and 1 more\)$/);
    assert.deepEqual(
      details.issues.map(({ path }: { path: string }) => path),
      ['page', 'limit'],
    );
  });

  it('in more places than are listed is counted', async () => {
    const keys = Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`key${i}`, 1]));
    const { error, details } = await refusal('POST deploy', { services: [{ name: 'web', image: 'nginx:1', ...keys }] });
    assert.match(error, /^services\[0\]\.key0: unknown key `key0` \(and 300 more\)$/);
    assert.deepEqual([details.issues.length, details.total], [100, 301]);
  });

  it('is never told in the words of a library', async () => {
    const values: unknown[] = [null, true, -1, 1.5, 1e99, 'x'.repeat(5000), [], ['a', 'b'], {}];
    for (const { endpoint } of test.api.routes) {
      const { method, path, query, access } = endpoint;
      if (access === 'public') continue;
      const target = path
        .replace('{id}', '1')
        .replaceAll(/\{\w+\}/g, 'web')
        .replace('/api/v1/', '');
      for (const key of [...Object.keys(query.shape), 'unheard-of']) {
        for (const value of ['', 'x'.repeat(300), '-1', '99999999999999999', '%7B%7D', `a&${key}=b`]) {
          await isPlain(method, `${target}?${key}=${value}`);
        }
      }
      if (method === 'POST') for (const value of values) await isPlain(method, target, value);
    }
  });

  async function isPlain(method: string, target: string, body?: unknown): Promise<void> {
    if (/events|logs\?follow/.test(target) || target.startsWith('stop')) return;
    const path = target.startsWith('/') ? target : `/api/v1/${target}`;
    const answer = await test.ask(method, path, { as: 'admin', ...(body !== undefined && { body }) });
    if (answer.status !== 422) return;
    const { error, details } = answer.body;
    const sentences = [error, ...(details?.issues ?? []).map(({ message }: { message: string }) => message)];
    for (const one of sentences)
      assert.doesNotMatch(one, /\b(Invalid|Too (big|small)|Unrecognized)\b/, `${target}: ${one}`);
  }
});
