import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MAX_VALUES, parseJson } from '../../../src/api/http/parse-json.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { MAX_ISSUES } from '../../../src/core/model/schema/issue.ts';
import { parseServices } from '../../../src/core/model/schema/parse-services.ts';
import { openApi, type TestApi } from './test-api.ts';

const keys = (count: number, value: unknown = 1): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]));
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const one = (more: Record<string, unknown>) => ({ services: [{ name: 'web', image: 'nginx', ...more }] });

const codeOf = async (text: string): Promise<string> => {
  try {
    await parseJson(Buffer.from(text));
    return 'taken';
  } catch (error) {
    return error instanceof OrcaError ? error.code : String(error);
  }
};

describe('a body of many values', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const FLOODS = {
    'keys of the body': keys(MAX_VALUES),
    services: { services: times(MAX_VALUES, 1) },
    'keys of a service': one(keys(MAX_VALUES)),
    variables: one({ env: keys(MAX_VALUES) }),
    domains: one({ domains: times(MAX_VALUES, 'a') }),
    routes: one({ routes: times(MAX_VALUES, {}) }),
  };

  for (const [what, body] of Object.entries(FLOODS))
    it(`is refused with the limit: ${what}`, async () => {
      const answer = await test.ask('POST', '/api/v1/plan', { as: 'viewer', body });
      assert.deepEqual([answer.status, answer.body.code], [413, 'too_large']);
      assert.match(answer.body.error, /more than 25000 values/);
      assert.equal(answer.body.details.limit, MAX_VALUES);
    });

  it('is one by its values, not by what its text looks like', async () => {
    assert.equal(await codeOf(JSON.stringify(times(MAX_VALUES - 2, 1))), 'taken');
    assert.equal(await codeOf(JSON.stringify(times(MAX_VALUES, 1))), 'too_large');
    const text = `${','.repeat(MAX_VALUES)}\\"[{\\\\`;
    assert.equal(await codeOf(JSON.stringify({ [text]: [text, `${text}"`] })), 'taken');
    assert.equal(await codeOf(`"${','.repeat(MAX_VALUES)}`), 'malformed');
    assert.equal(await codeOf(`"\\\\"${',1'.repeat(MAX_VALUES)}`), 'too_large');
  });

  it('nested too deep says that, however many it opens', async () => {
    assert.equal(await codeOf('['.repeat(MAX_VALUES * 2)), 'malformed');
    assert.equal(await codeOf(`${'['.repeat(64)}${']'.repeat(64)}`), 'taken');
  });

  it('is told in its first hundred mistakes, and all are counted', async () => {
    const MANY = {
      'keys of the body': { body: { ...one({}), ...keys(301) }, total: 301 },
      'keys of a service': { body: one(keys(301)), total: 301 },
      'keys of many services': {
        body: { services: times(300, 0).map((_, i) => ({ name: `s${i}`, image: 'a', ...keys(2) })) },
        total: 600,
      },
      'keys of a map in a union': { body: one({ port: 80, health: keys(301) }), total: 301 },
      variables: { body: one({ env: keys(301, null) }), total: 301 },
      'wildcards, and what is wrong beside them': {
        body: one({ port: 80, domains: times(90, '*.a.b'), ...keys(50) }),
        total: 140,
      },
    };
    for (const [what, { body, total }] of Object.entries(MANY)) {
      const parsed = parseServices(body);
      assert.ok(!parsed.ok);
      assert.deepEqual([parsed.issues.length, parsed.unlisted], [MAX_ISSUES, total - MAX_ISSUES], what);
      const answer = await test.ask('POST', '/api/v1/plan', { as: 'viewer', body });
      assert.deepEqual([answer.status, answer.body.details.total], [422, total], what);
      assert.equal(answer.body.details.issues.length, MAX_ISSUES);
      assert.match(answer.body.error, new RegExp(`\\(and ${total - 1} more\\)$`));
    }
  });

  it('of another endpoint is told likewise', async () => {
    const answer = await test.ask('POST', '/api/v1/services/web/scale', {
      as: 'admin',
      body: { replicas: 1, ...keys(301) },
    });
    assert.deepEqual([answer.body.details.issues.length, answer.body.details.total], [MAX_ISSUES, 301]);
  });

  it('is not echoed: neither a long key nor a flood of dollars', async () => {
    for (const body of [one({ ['k'.repeat(1_000_000)]: 1 }), one({ env: { A: '$$'.repeat(500_000) } })]) {
      const answer = await test.ask('POST', '/api/v1/plan', { as: 'viewer', body });
      assert.deepEqual([answer.status, answer.body.details.total], [422, 1]);
      assert.match(answer.body.error, /^services\[0\](\.env\.A)?: (a key of more than 300|more than 25000 dollar)/);
      assert.ok(answer.text.length < 1_000);
    }
  });
});
