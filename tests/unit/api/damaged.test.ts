import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deployed, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

describe('a damaged record', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    for (const name of ['a', 'b']) await deployed(test, web({ name }));
  });
  afterEach(() => test.close());

  const project = web().project ?? 'default';
  const damage = (key: string) => test.state.store.txn({ then: [{ put: key, value: '{"v":1}' }] });
  const shown = async (): Promise<string[]> =>
    (await test.ask('GET', '/api/v1/status', { as: 'admin' })).body.services.map(({ name }: { name: string }) => name);
  const deploy = async (name: string) => {
    const body = { services: [web({ name, env: { CHANGED: 'yes' } })] };
    return (await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'admin', body })).body.services[0];
  };

  it('of a service is told to who deploys it, by its key; others are shown and deployed', async () => {
    const key = test.state.services.key(project, 'a');
    await damage(key);
    assert.deepEqual(await shown(), ['b']);
    assert.match((await deploy('a')).reason, new RegExp(`${key} cannot be read`));
    assert.equal((await deploy('b')).state, 'pending');
  });

  it('of a revision, a task or a deployment does the same', async () => {
    const { state } = test;
    const [deployment] = await state.deployments.list();
    assert.equal(deployment?.value.service, 'a');
    for (const key of [state.revisions.key(project, 'a', 1), state.tasks.key(project, 'a', 'a-1-x'), deployment.key])
      await damage(key);
    assert.deepEqual(await shown(), ['b']);
    assert.match((await deploy('a')).reason, /revisions|tasks/);
    assert.equal((await deploy('b')).state, 'pending');
    assert.equal((await test.ask('GET', '/api/v1/deployments', { as: 'admin' })).body.total, 2);
  });

  it('of a service or a revision keeps volumes and secrets that it may use', async () => {
    const [volume, secret] = [`/api/v1/volumes/${project}_data`, `/api/v1/secrets/KEY?project=${project}`];
    const labels = { 'orca.cluster': 'c', 'orca.project': project, 'orca.volume': 'data' };
    test.engine.made.set(`${project}_data`, { name: `${project}_data`, driver: 'local', options: {}, labels });
    await test.ask('PUT', secret, { as: 'admin', body: { value: 'v' } });
    for (const key of [test.state.services.key(project, 'a'), test.state.revisions.key(project, 'b', 1)]) {
      const before = await test.state.store.get(key);
      await damage(key);
      for (const path of [volume, secret]) {
        const answer = await test.ask('DELETE', path, { as: 'admin' });
        assert.equal(answer.status, 503, answer.text);
        assert.match(answer.body.error, new RegExp(`stays, as it is not known who uses it: .*${key} cannot be read`));
      }
      await test.state.store.txn({ then: [{ put: key, value: before?.value ?? '' }] });
    }
    for (const path of [volume, secret])
      assert.equal((await test.ask('DELETE', path, { as: 'admin' })).status, 200, 'once all can be read');
  });

  it('of a token is nobody, and others are who they were', async () => {
    const tokens = await test.state.tokens.list();
    const viewer = tokens.find(({ value }) => value.role === 'viewer');
    assert.ok(viewer);
    await damage(viewer.key);
    assert.equal((await test.ask('GET', '/api/v1/status', { as: 'viewer' })).status, 503);
    assert.equal((await test.ask('GET', '/api/v1/status', { as: 'admin' })).status, 200);
  });
});
