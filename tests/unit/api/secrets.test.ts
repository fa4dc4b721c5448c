// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createCommit } from '../../../src/controllers/commit.ts';
import { createSecretRetention } from '../../../src/controllers/secret-retention.ts';
import { createReadSecrets } from '../../../src/controllers/services/secret-values.ts';
import { deployed, end, web } from './records.ts';
import { type Caller, openApi, type TestApi } from './test-api.ts';

const CANARY = 'canary-5f1d-value';
const using = (rest: object = {}) => web({ env: { DB: 'pg://u:${secrets.DB_PASSWORD}@db' }, ...rest });

describe('secrets', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    await test.state.store.txn({ then: [test.state.cluster.put({ name: 'term', number: 1 })] });
  });
  afterEach(() => test.close());

  const set = (key: string, body: object, project: string | undefined = 'shop', as: Caller = 'admin') =>
    test.ask('PUT', `/api/v1/secrets/${key}${project === '' ? '' : `?project=${project}`}`, { as, body });
  const deploy = (service: object, as: Caller = 'deployer') =>
    test.ask('POST', '/api/v1/deploy?wait=false', { as, body: { services: [service] } });
  const revision = async (number: number) => (await test.state.revisions.get('shop', 'web', number))?.value;
  const valuesOf = async (number: number) => {
    const read = createReadSecrets(test.state, test.vault.open);
    return Object.fromEntries(await read((await revision(number))?.spec ?? assert.fail('no such revision')));
  };
  const numbers = async (key = 'DB_PASSWORD', scope = 'shop') =>
    (await test.state.secretVersions.list(scope, key)).map(({ value }) => value.number);
  const retain = () => createSecretRetention({ state: test.state, commit: createCommit(test.state, 1) })();

  it('are set by key, told of without their values, and encrypted for their place', async () => {
    const { status, body } = await set('DB_PASSWORD', { value: CANARY });
    assert.equal(status, 200);
    assert.deepEqual([body.version, body.project, body.changed, body.used_by], [1, 'shop', true, []]);
    const [stored] = await test.state.secretVersions.list('shop', 'DB_PASSWORD');
    assert.ok(stored && !JSON.stringify(stored).includes(CANARY));
    assert.equal(test.vault.open(stored.key, stored.value.value), CANARY);
    assert.throws(() => test.vault.open('secret-versions/shop/OTHER/000000000001', stored.value.value), /moved there/);
    const list = await test.ask('GET', '/api/v1/secrets', { as: 'admin' });
    assert.equal(list.body.secrets[0].fingerprint, body.fingerprint);
    assert.ok(!list.text.includes(CANARY));
    assert.ok(!test.logged.join().includes(CANARY));
  });

  it('the same value again is no new version', async () => {
    const first = await set('DB_PASSWORD', { value: 'a' });
    const again = await set('DB_PASSWORD', { value: 'a' });
    const other = await set('DB_PASSWORD', { value: 'b' });
    assert.deepEqual([again.body.version, again.body.changed], [1, false]);
    assert.deepEqual([other.body.version, other.body.changed], [2, true]);
    assert.equal(first.body.fingerprint, again.body.fingerprint);
    assert.notEqual(first.body.fingerprint, other.body.fingerprint);
  });

  it('many at once, and only those that differ change', async () => {
    const secrets = Object.fromEntries(Array.from({ length: 45 }, (_, n) => [`KEY_${n}`, `value ${n}`]));
    const put = (body: object) => test.ask('PUT', '/api/v1/secrets?project=shop', { as: 'admin', body });
    assert.equal((await put({ secrets })).body.secrets.length, 45);
    const { body } = await put({ secrets: { ...secrets, KEY_3: 'other' } });
    assert.deepEqual(
      body.secrets.filter(({ changed }: { changed: boolean }) => changed).map(({ key }: { key: string }) => key),
      ['KEY_3'],
    );
  });

  it('what is no value is refused, and not repeated', async () => {
    for (const value of ['', `${CANARY}\0`, CANARY.repeat(5000), [CANARY], { a: CANARY }, null]) {
      const { status, text } = await set('DB_PASSWORD', { value });
      assert.equal(status, 422, text);
      assert.ok(!text.includes(CANARY), text);
    }
    for (const key of ['1A', 'A%20B', 'A'.repeat(129), 'A%2FB', '__proto__'])
      assert.equal((await set(key, { value: 'x' })).status, 422, key);
    assert.equal((await set('DB', { value: 'x', grant: ['blog'] })).status, 422);
    assert.ok(!test.logged.join().includes(CANARY));
  });

  it('a service that refers to one that is not set is refused, with the key and its place, and others go on', async () => {
    const body = { services: [using(), { ...web(), name: 'api' }] };
    const { status, body: answer } = await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'deployer', body });
    assert.equal(status, 206);
    const [refused, other] = answer.services;
    assert.equal(refused.reason, 'env.DB: the secret DB_PASSWORD is not set in the project shop');
    assert.deepEqual([refused.code, refused.path, other.action], ['invalid', 'env.DB', 'create']);
    assert.equal(await test.state.services.get('shop', 'web'), undefined);
    const plan = await test.ask('POST', '/api/v1/plan', { as: 'deployer', body });
    assert.equal(plan.body.errors[0].path, 'env.DB');
    assert.match(plan.body.errors[0].hint, /orca secrets set DB_PASSWORD --project shop/);
  });

  it('a revision runs with the versions that were the newest when it was deployed, and its records hold no value', async () => {
    await set('DB_PASSWORD', { value: 'one' });
    await deployed(test, using());
    await set('DB_PASSWORD', { value: 'two' });
    assert.equal((await deploy(using())).body.services[0].reason, 'web has changed: secrets.DB_PASSWORD');
    assert.deepEqual(await valuesOf(1), { DB_PASSWORD: 'one' });
    assert.deepEqual(await valuesOf(2), { DB_PASSWORD: 'two' });
    const [one, two] = [await revision(1), await revision(2)];
    assert.notEqual(one?.hash, two?.hash);
    assert.equal(two?.spec.env['DB'], 'pg://u:${secrets.DB_PASSWORD}@db');
    const diff = await test.ask('GET', '/api/v1/services/web/diff?from=1&to=2', { as: 'viewer' });
    assert.deepEqual(
      diff.body.diff.map(({ path }: { path: string }) => path),
      ['secrets.DB_PASSWORD'],
    );
  });

  it('unchanged ones touch nothing', async () => {
    await set('DB_PASSWORD', { value: 'one' });
    await set('OTHER', { value: 'x' });
    await deployed(test, using());
    await set('OTHER', { value: 'y' });
    await set('DB_PASSWORD', { value: 'one' });
    assert.equal((await deploy(using())).body.services[0].state, 'unchanged');
  });

  it('with `now` the services that use it are deployed, and nothing else of them changes', async () => {
    await set('DB_PASSWORD', { value: 'one' });
    await set('OTHER', { value: 'x' });
    const env = { DB: '${secrets.DB_PASSWORD}', OTHER: '${secrets.OTHER}' };
    await deployed(test, using({ env }), { ...web(), name: 'plain' }, { ...using(), name: 'stopped' });
    await test.ask('DELETE', '/api/v1/services/stopped', { as: 'admin' });
    await set('OTHER', { value: 'staged' });
    test.engine.resolutions.set('acme/web:1', {
      image: { ref: 'acme/web:1', digest: 'sha256:moved', pinned: 'x' },
      needsPull: true,
    });
    const { body } = await set('DB_PASSWORD', { value: 'two', now: true });
    assert.deepEqual(
      body.deployments.map(({ service, deployment }: { service: string; deployment: number }) => [service, deployment]),
      [['web', 4]],
    );
    assert.deepEqual(await valuesOf(2), { DB_PASSWORD: 'two', OTHER: 'x' });
    assert.deepEqual((await revision(2))?.image, (await revision(1))?.image);
    assert.equal((await test.state.services.get('shop', 'stopped'))?.value.paused, true);
  });

  it('a rollback brings the versions of its revision back', async () => {
    for (const value of ['one', 'two']) {
      await set('DB_PASSWORD', { value });
      await deployed(test, using());
    }
    await retain();
    assert.deepEqual(await numbers(), [1, 2]);
    await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    assert.deepEqual(await valuesOf(3), { DB_PASSWORD: 'one' });
  });

  it('a revoked version is never brought back: the newest stands for it, and the plan says so', async () => {
    await set('DB_PASSWORD', { value: 'one' });
    await deployed(test, using({ image: 'acme/web:1' }));
    await set('DB_PASSWORD', { value: 'two', revoke: true });
    await deployed(test, using({ image: 'acme/web:2' }));
    const plan = await test.ask('POST', '/api/v1/services/web/rollback/plan', { as: 'deployer', body: {} });
    assert.match(
      plan.body.warnings.join(),
      /version 1 of the secret DB_PASSWORD is revoked or removed, version 2 is used/,
    );
    const { body } = await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    assert.match(body.services[0].warnings.join(), /version 2 is used/);
    assert.deepEqual(await valuesOf(3), { DB_PASSWORD: 'two' });
  });

  it('a revoked version stays while a service runs with it, and goes once none does', async () => {
    await set('DB_PASSWORD', { value: 'one' });
    await deployed(test, using());
    await set('DB_PASSWORD', { value: 'two', revoke: true });
    await retain();
    assert.deepEqual(await numbers(), [1, 2]);
    assert.deepEqual(await valuesOf(1), { DB_PASSWORD: 'one' });
    await deployed(test, using());
    await retain();
    assert.deepEqual(await numbers(), [2]);
  });

  it('versions go with the revisions that need them', async () => {
    await set('DB_PASSWORD', { value: 'first' });
    await deployed(test, using());
    for (const value of ['a', 'b', 'c']) await set('DB_PASSWORD', { value });
    await retain();
    assert.deepEqual(await numbers(), [1, 4]);
  });

  it('is not removed while it is used; removed and set again, its numbers go on', async () => {
    await set('DB_PASSWORD', { value: 'one' });
    await deployed(test, using());
    const remove = () => test.ask('DELETE', '/api/v1/secrets/DB_PASSWORD?project=shop', { as: 'admin' });
    const refused = await remove();
    assert.equal(refused.status, 409);
    assert.equal(refused.body.error, 'the secret DB_PASSWORD is used by shop/web');
    await deployed(test, web());
    assert.equal((await remove()).status, 200);
    assert.deepEqual(await numbers(), []);
    const back = await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    assert.equal(back.status, 422);
    assert.match(back.body.error, /the secret DB_PASSWORD is not set/);
    assert.equal((await set('DB_PASSWORD', { value: 'other' })).body.version, 2);
    await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    assert.deepEqual(await valuesOf(3), { DB_PASSWORD: 'other' });
  });

  it('is not used by a deploy that it was removed under', async () => {
    await set('DB_PASSWORD', { value: 'one' });
    const { resolve } = test.engine;
    test.engine.resolve = async (...args) => {
      await test.ask('DELETE', '/api/v1/secrets/DB_PASSWORD?project=shop', { as: 'admin' });
      return resolve(...args);
    };
    const { body } = await deploy(using());
    assert.equal(body.services[0].reason, 'the secret DB_PASSWORD was removed meanwhile');
  });

  it('of the cluster are used by projects that they are granted to, after their own', async () => {
    await set('DB_PASSWORD', { value: 'shared', grant: ['blog'] }, '');
    assert.equal((await deploy(using())).status, 422);
    await set('DB_PASSWORD', { value: 'shared', grant: ['blog', 'shop'] }, '');
    await deployed(test, using());
    assert.deepEqual((await revision(1))?.spec.secrets, { DB_PASSWORD: { scope: 'cluster', version: 1 } });
    assert.deepEqual(await valuesOf(1), { DB_PASSWORD: 'shared' });
    const { body } = await set('DB_PASSWORD', { value: 'own', now: true });
    assert.equal(body.deployments[0].service, 'web');
    assert.deepEqual(await valuesOf(2), { DB_PASSWORD: 'own' });
  });

  it('belong to their project: an admin of another knows nothing of them', async () => {
    await set('DB_PASSWORD', { value: 'x' }, 'blog');
    assert.equal((await set('DB_PASSWORD', { value: 'y' }, 'blog', 'shopAdmin')).status, 404);
    assert.equal((await set('DB_PASSWORD', { value: 'y' }, '', 'shopAdmin')).status, 422);
    const list = await test.ask('GET', '/api/v1/secrets', { as: 'shopAdmin' });
    assert.deepEqual(list.body.secrets, []);
    assert.equal((await test.ask('GET', '/api/v1/secrets?project=blog', { as: 'shopAdmin' })).status, 404);
  });

  it('say which revisions run with which version', async () => {
    for (const value of ['one', 'two']) {
      await set('DB_PASSWORD', { value });
      await deployed(test, using());
    }
    const { body } = await test.ask('GET', '/api/v1/secrets/DB_PASSWORD?project=shop', { as: 'admin' });
    assert.deepEqual(
      body.versions.map((one: { version: number; used_by: { revision: number; current: boolean }[] }) => [
        one.version,
        one.used_by.map(({ revision: number, current }) => [number, current]),
      ]),
      [
        [2, [[2, true]]],
        [1, [[1, false]]],
      ],
    );
  });

  it('a failed deployment of a new version leaves the old one in place', async () => {
    await set('DB_PASSWORD', { value: 'one' });
    await deployed(test, using());
    const { body } = await set('DB_PASSWORD', { value: 'bad', now: true });
    await end(test, body.deployments[0].deployment, 'rolled-back');
    assert.deepEqual(await valuesOf((await test.state.services.get('shop', 'web'))?.value.revision ?? 0), {
      DB_PASSWORD: 'one',
    });
  });

  it('a viewer is told neither whether a secret is set nor how new it is', async () => {
    const plan = async () =>
      (await test.ask('POST', '/api/v1/plan', { as: 'viewer', body: { services: [using()] } })).body;
    const before = await plan();
    await set('DB_PASSWORD', { value: 'one' });
    assert.deepEqual(await plan(), before);
    await deployed(test, using());
    const settled = await plan();
    await set('DB_PASSWORD', { value: 'two' });
    assert.deepEqual(await plan(), settled);
  });
});
