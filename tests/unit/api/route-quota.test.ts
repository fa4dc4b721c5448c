import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deployed, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

describe('the routes that services and projects may have', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi({ quota: { perService: 6, perProject: 10 } });
  });
  afterEach(() => test.close());

  const routed = (name: string, domains: number, paths: number, rest: object = {}) =>
    web({
      name,
      domains: Array.from({ length: domains }, (_, i) => `${name}${i}.test`),
      routes: Array.from({ length: paths }, (_, i) => ({ path: `/p${i}` })),
      ...rest,
    });

  /** As plan and deploy agree on it. */
  async function refused(...services: readonly object[]): Promise<Record<string, string>> {
    const asked = { as: 'admin', body: { services } } as const;
    const { errors } = (await test.ask('POST', '/api/v1/plan', asked)).body;
    const answer = (await test.ask('POST', '/api/v1/deploy?wait=false', asked)).body;
    const told = answer.services.filter(({ state }: { state: string }) => state === 'refused');
    const found = told.map((one: Record<string, string>) => [one.name, `${one.code}: ${one.reason}`]);
    assert.deepEqual(
      errors.map((one: Record<string, string>) => [one.name, `${one.code}: ${one.error}`]),
      found,
    );
    return Object.fromEntries(found);
  }

  it('are bounded by service, with the numbers in the refusal, and nothing of it is written', async () => {
    assert.deepEqual(await refused(routed('wide', 7, 1)), {
      wide: 'invalid: wide asks for 7 routes (7 domains with 1 paths each), and a service may have 6',
    });
    assert.equal(await test.state.services.get('shop', 'wide'), undefined);
    assert.deepEqual(await refused(routed('wide', 2, 3)), {});
  });

  it('are bounded by project, those of the same request among them', async () => {
    await deployed(test, routed('a', 2, 3));
    const full = 'invalid: c asks for 2 routes, the other services of shop have 9, and a project may have 10';
    assert.deepEqual(await refused(routed('b', 3, 1), routed('c', 2, 1)), { c: full });
    assert.deepEqual(await refused(routed('d', 2, 1, { project: 'blog' })), {});
  });

  it('can be given up in the same request, for those that come after', async () => {
    await deployed(test, routed('a', 2, 3), routed('b', 1, 4));
    assert.deepEqual(await refused(routed('a', 1, 1), routed('c', 5, 1)), {});
  });

  it('do not stand in the way of what has no route, and of what is unchanged', async () => {
    await deployed(test, routed('a', 2, 3), routed('b', 1, 4));
    assert.deepEqual(await refused(web({ name: 'worker' }), routed('a', 2, 3)), {});
  });
});
