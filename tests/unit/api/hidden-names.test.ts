import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deployed, end, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

describe('names that hide a service', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
  });
  afterEach(() => test.close());

  const db = { name: 'db', project: 'shop', image: 'acme/db:1', port: 5432 };
  const hiding = { ...web(), extra_hosts: ['db:10.0.0.5'] };
  const ask = (...services: readonly object[]) =>
    test.ask('POST', '/api/v1/deploy?wait=false', { as: 'deployer', body: { services } });

  it('are refused with their place, by a service that is there, and nothing is changed', async () => {
    await deployed(test, db);
    const { status, body } = await ask(hiding);
    assert.equal(status, 409);
    assert.match(
      body.error,
      /web: extra_hosts\[0\]: db is the service db, which this container would not reach any more/,
    );
    assert.equal(await test.state.services.get('shop', 'web'), undefined);
    const plan = await test.ask('POST', '/api/v1/plan', { as: 'deployer', body: { services: [hiding] } });
    assert.match(JSON.stringify(plan.body), /extra_hosts\[0\]: db is the service db/);
  });

  it('are refused to a service that comes to a hidden name, unless the line goes in the same deploy', async () => {
    await deployed(test, hiding);
    const { status, body } = await ask(db);
    assert.equal(status, 409);
    assert.match(body.error, /db: name: the service web has a line with this name in its extra_hosts/);
    assert.equal((await ask(web(), db)).status, 202);
  });

  it('come back with the revision that had them', async () => {
    await deployed(test, hiding);
    await deployed(test, web());
    await deployed(test, db);
    const { status, body } = await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    assert.equal(status, 202, JSON.stringify(body));
    await end(test, body.deployment ?? body.services[0].deployment, 'succeeded');
  });
});
