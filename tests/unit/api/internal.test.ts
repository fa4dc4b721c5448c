import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deployed, end, web } from './records.ts';
import { type Caller, openApi, type TestApi } from './test-api.ts';

describe('`internal`, which opens a service to another project', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    await deployed(test, web({ project: 'billing', name: 'api' }));
  });
  afterEach(() => test.close());

  const ask = (path: string, services: readonly object[], as: Caller) =>
    test.ask('POST', `/api/v1/${path}`, { as, body: { services } });

  /** As plan and deploy agree on it; undefined if it is admitted. */
  async function refusal(service: object, as: Caller = 'shopper') {
    const { errors } = (await ask('plan', [service], as)).body;
    const { status, body } = await ask('deploy?wait=false', [service], as);
    const [{ code, reason, hint, path, state }] = body.services;
    if (state !== 'refused') {
      assert.deepEqual(errors, []);
      return undefined;
    }
    const [planned] = errors;
    assert.deepEqual(
      [planned.code, planned.error, planned.hint, planned.path, status],
      [code, reason, hint, path, 403],
      'plan and deploy agree',
    );
    return `${code} at ${path}: ${reason}; ${hint}`;
  }

  const TO_BILLING =
    'forbidden at internal: only a token for shop and billing may open web to billing; use such a token once, or leave billing out of `internal`';
  const TO_ALL =
    'forbidden at internal: only a token for all projects may open web to all projects; use such a token once, or list the projects: `internal: [PROJECT]`';

  it('is refused to a token of the one project alone, and nothing changes', async () => {
    assert.equal(await refusal(web({ internal: ['billing'] })), TO_BILLING);
    assert.equal(await refusal(web({ internal: true })), TO_ALL);
    assert.equal(await refusal(web({ internal: ['nobody'] })), TO_BILLING.replaceAll('billing', 'nobody'));
    assert.equal(await test.state.services.get('shop', 'web'), undefined);
  });

  it('is given by a token for both, and kept by any of the project, but no more of it', async () => {
    assert.equal(await refusal(web({ internal: ['billing'] }), 'deployer'), undefined);
    await end(test, 2, 'succeeded');
    assert.equal(await refusal(web({ internal: ['billing'], image: 'acme/web:2' })), undefined);
    assert.equal(await refusal(web({ internal: ['billing', 'crm'] })), TO_BILLING.replaceAll('billing', 'crm'));
    assert.equal(await refusal(web({ internal: true })), TO_ALL);
    assert.equal(await refusal(web({ name: 'other', internal: ['billing'] })), TO_BILLING.replace('web', 'other'));
  });

  it('stays while it serves, and comes back by no rollback of the project alone', async () => {
    await deployed(test, web({ internal: ['billing'] }));
    const { body } = await ask('deploy?wait=false', [web({ env: { N: '2' } })], 'shopper');
    assert.equal(await refusal(web({ internal: ['billing'] })), undefined, 'the deployment without it has not ended');
    assert.equal(await refusal(web({ env: { N: '2' } })), undefined);
    const { deployment } = (await test.state.services.get('shop', 'web'))?.value ?? {};
    await end(test, deployment ?? body.services[0].deployment, 'succeeded');
    const back = (as: Caller) => test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as, body: { to: 1 } });
    const refused = await back('shopper');
    assert.equal(refused.status, 403);
    assert.match(refused.body.error, /only a token for shop and billing/);
    assert.equal((await back('deployer')).status, 202);
  });

  it('is told in plan and deploy: who reaches it from now on, who no longer, and who is not there', async () => {
    const given =
      'web: the project billing can reach it as web.shop.internal, and its containers can connect to theirs';
    const planned = await ask('plan', [web({ internal: ['billing'] })], 'admin');
    assert.deepEqual(planned.body.warnings, [given]);
    assert.ok(
      planned.body.services[0].diff.some(
        ({ path, to }: { path: string; to: string }) => path === 'internal' && to === 'billing',
      ),
    );
    const { body } = await ask('deploy?wait=false', [web({ internal: ['billing'] })], 'admin');
    assert.deepEqual(body.services[0].warnings, [given]);
    await end(test, 2, 'succeeded');
    const taken = await ask('plan', [web()], 'shopper');
    assert.match(taken.body.warnings.join(), /the project billing cannot reach it once this has succeeded/);
    assert.equal(taken.body.services[0].action, 'update', 'no container is replaced');
    const typo = await ask('plan', [web({ internal: ['biling', 'billing'] })], 'admin');
    assert.match(
      typo.body.warnings.join(),
      /names the project biling, which has no services yet: did you mean billing\?/,
    );
  });
});
