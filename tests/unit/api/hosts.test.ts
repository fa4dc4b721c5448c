import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { putService } from '../store/put-service.ts';
import { deployed, end, web } from './records.ts';
import { type Caller, openApi, type TestApi } from './test-api.ts';

describe('a host of another project', () => {
  let test: TestApi;
  /** Done once, just before the next transaction. */
  let meanwhile: (() => Promise<unknown>) | undefined;
  beforeEach(async () => {
    meanwhile = undefined;
    test = await openApi({
      wrapStore: (store) => ({
        ...store,
        txn: async (txn) => {
          const first = meanwhile;
          meanwhile = undefined;
          await first?.();
          return store.txn(txn);
        },
      }),
    });
  });
  afterEach(() => test.close());

  const bank = (rest: object = {}) => web({ project: 'bank', name: 'secret-name', domain: 'bank.test', ...rest });
  const thief = (rest: object = {}) =>
    web({ name: 'thief', domain: 'bank.test', routes: [{ path: '/login' }], ...rest });
  const ask = (path: string, services: readonly object[], as: Caller) =>
    test.ask('POST', `/api/v1/${path}`, { as, body: { services } });

  /** As plan and deploy agree on it. */
  async function refusal(service: object, as: Caller = 'shopper') {
    const { errors } = (await ask('plan', [service], as)).body;
    const { status, body } = await ask('deploy?wait=false', [service], as);
    const [{ code, reason, hint, state }] = body.services;
    if (state !== 'refused') {
      assert.deepEqual(errors, []);
      return undefined;
    }
    assert.deepEqual([errors[0].code, errors[0].error, errors[0].hint, status], [code, reason, hint, 409]);
    return `${code}: ${reason}; ${hint}`;
  }

  const REFUSED =
    'conflict: bank.test belongs to another project; choose another domain; a path of it is given by a token that may deploy to both projects';

  it('is refused, in plan and deploy, without a name of the owner, whether or not the path is free', async () => {
    await deployed(test, bank());
    assert.equal(await refusal(thief()), REFUSED);
    assert.equal(await refusal(thief({ routes: [{ path: '/' }] })), REFUSED, 'no way to learn of its paths');
    assert.equal(await refusal(thief({ domains: ['own.test', 'bank.test'], domain: undefined })), REFUSED);
    assert.equal(await test.state.services.get('shop', 'thief'), undefined);
  });

  it('is given by who may deploy to both, and then is deployed by who may deploy to one', async () => {
    await deployed(test, bank());
    assert.equal(await refusal(thief(), 'deployer'), undefined);
    await end(test, 2, 'succeeded');
    assert.equal(await refusal(thief({ image: 'acme/web:2' })), undefined);
    assert.equal(await refusal(thief({ routes: [{ path: '/login' }, { path: '/accounts' }] })), REFUSED);
    const other = web({ name: 'other', domain: 'bank.test', routes: [{ path: '/pay' }] });
    assert.equal(await refusal(other), REFUSED);
  });

  it('is refused while its service is stopped, and until another version has taken its place', async () => {
    await deployed(test, bank());
    await test.ask('DELETE', '/api/v1/services/secret-name', { as: 'admin' });
    assert.equal(await refusal(thief()), REFUSED);
    await ask('deploy?wait=false', [bank({ domain: 'elsewhere.test' })], 'admin');
    assert.equal(await refusal(thief()), REFUSED, 'it serves there until the rollout has succeeded');
    await end(test, 2, 'succeeded');
    assert.equal(await refusal(thief()), undefined);
  });

  it('is refused to the second of two that ask at once, though their paths differ', async () => {
    await deployed(test, web());
    const [first, counter, service] = await Promise.all([
      test.state.revisions.get('shop', 'web', 1),
      test.state.cluster.get('deployment'),
      test.state.services.get('shop', 'web'),
    ]);
    assert.ok(first && counter && service);
    const name = { project: 'bank', name: 'web' };
    const spec = { ...first.value.spec, ...name, domains: ['bank.test'], routes: [{ path: '/', stripPrefix: false }] };
    meanwhile = () =>
      test.state.store.txn({
        then: [
          test.state.cluster.put({ ...counter.value, number: 9 }),
          ...putService(test.state, { ...service.value, ...name }),
          test.state.revisions.put({ ...first.value, project: 'bank', spec }),
        ],
      });
    const { status, body } = await ask('deploy?wait=false', [thief()], 'shopper');
    assert.equal(status, 409);
    assert.match(body.error, /bank\.test belongs to another project$/);
    assert.equal(await test.state.services.get('shop', 'thief'), undefined);
  });

  it('is refused to a service under a new name: what it held does not come along', async () => {
    await deployed(test, web({ name: 'old', domain: 'shop.test' }), bank());
    assert.equal(await refusal(web({ name: 'new', domains: ['shop2.test', 'bank.test'] })), REFUSED);
  });
});
