import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deployed, end, web } from './records.ts';
import { openApi, type TestApi, until } from './test-api.ts';

const service = (name: string, rest: object = {}) => ({ ...web({ name, domain: `${name}.example.com` }), ...rest });

describe('depends_on', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
  });
  afterEach(() => test.close());

  const deploy = (services: readonly object[]) =>
    test.ask('POST', '/api/v1/deploy?wait=false', { as: 'deployer', body: { services } });
  const stored = async (id: number) => (await test.state.deployments.get(id))?.value;

  it('has each deployed after those it depends on, and says which deployment it waits for', async () => {
    const { status, body } = await deploy([
      service('web', { depends_on: ['api'] }),
      service('api', { depends_on: { db: 'started' } }),
      service('db'),
    ]);
    assert.equal(status, 202);
    assert.deepEqual(
      body.services.map(({ name }: { name: string }) => name),
      ['db', 'api', 'web'],
    );
    assert.deepEqual((await stored(1))?.after, undefined);
    assert.deepEqual((await stored(2))?.after, [{ service: 'db', until: 'started', deployment: 1 }]);
    assert.deepEqual((await stored(3))?.after, [{ service: 'api', until: 'healthy', deployment: 2 }]);
  });

  it('counts a service that is not in the request as it is', async () => {
    await deployed(test, web({ name: 'db', domain: 'db.example.com' }));
    const { body } = await deploy([service('web', { depends_on: ['db'] })]);
    assert.deepEqual((await stored(body.services[0].deployment))?.after, [{ service: 'db', until: 'healthy' }]);
  });

  it('refuses a service that is not there, or is stopped, and changes nothing', async () => {
    const unknown = await deploy([service('web', { depends_on: ['bd'] })]);
    assert.equal(unknown.status, 422);
    assert.match(unknown.body.error, /web depends on bd, and there is no service bd in shop/);
    await deployed(test, web({ name: 'db', domain: 'db.example.com' }));
    await test.ask('DELETE', '/api/v1/services/db', { as: 'deployer' });
    const stopped = await deploy([service('web', { depends_on: ['db'] })]);
    assert.match(stopped.body.error, /web depends on db, and db is stopped/);
    assert.equal(await test.state.services.get('shop', 'web'), undefined);
  });

  it('skips by name what depends on a service that was refused', async () => {
    const bad = service('db', { ports: ['0.0.0.0:5432:5432'] });
    const { body } = await deploy([
      service('web', { depends_on: ['api'] }),
      service('api', { depends_on: ['db'] }),
      bad,
    ]);
    const states = body.services.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`);
    assert.deepEqual(states, ['db refused', 'api skipped', 'web skipped']);
    assert.equal(body.services[1].reason, 'api depends on db, which was not deployed');
    assert.equal(await test.state.services.get('shop', 'api'), undefined);
  });

  it('names the cycle, within a request and with what is deployed already', async () => {
    const within = await deploy([service('web', { depends_on: ['db'] }), service('db', { depends_on: ['web'] })]);
    assert.equal(within.status, 422);
    assert.match(JSON.stringify(within.body), /these services depend on each other: web -> db -> web/);
    await deployed(test, web({ name: 'db', domain: 'db.example.com' }));
    await deploy([service('web', { depends_on: ['db'] })]);
    const across = await deploy([service('db', { depends_on: ['web'] })]);
    assert.match(across.body.error, /db: these services depend on each other: db -> web -> db/);
    const self = await deploy([service('web', { depends_on: ['web'] })]);
    assert.match(JSON.stringify(self.body), /web depends on itself/);
  });

  it('refuses to wait for the end of what is always restarted', async () => {
    const { body } = await deploy([service('web', { depends_on: { db: 'completed' } }), service('db')]);
    assert.match(JSON.stringify(body), /db never completes: it is always restarted/);
  });

  it('is shown by the plan, in its order, without a write', async () => {
    const { body } = await test.ask('POST', '/api/v1/plan', {
      as: 'deployer',
      body: { services: [service('web', { depends_on: ['db'] }), service('db')] },
    });
    assert.deepEqual(
      body.services.map(({ name }: { name: string }) => name),
      ['db', 'web'],
    );
    const first = body.steps.find((step: { service: string }) => step.service === 'web');
    assert.deepEqual([first.kind, first.reason], ['begin', 'waits for db to be healthy']);
    assert.equal(await test.state.services.get('shop', 'db'), undefined);
  });

  it('is answered with what was skipped', async () => {
    const answer = test.ask('POST', '/api/v1/deploy', {
      as: 'deployer',
      body: { services: [service('web', { depends_on: ['db'] }), service('db')] },
    });
    await until(async () => (await stored(2)) !== undefined);
    await end(test, 1, 'failed');
    await end(test, 2, 'skipped');
    const { status, body } = await answer;
    assert.equal(status, 422);
    const [, second] = body.services;
    assert.deepEqual([second.name, second.state, second.code], ['web', 'skipped', 'deploy_failed']);
  });
});
