import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deployed, end, web } from './records.ts';
import { type Caller, openApi, type TestApi, until } from './test-api.ts';

const ROLLBACK = '/api/v1/services/web/rollback';
const image = (number: number) => `acme/web:${number}`;
const pinned = (number: number) => `${image(number)}@sha256:${image(number)}`;

describe('POST /api/v1/services/{name}/rollback', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    for (const number of [1, 2, 3]) await deployed(test, web({ image: image(number), env: { N: String(number) } }));
  });
  afterEach(() => test.close());

  const back = (to?: number, as: Caller = 'deployer') =>
    test.ask('POST', `${ROLLBACK}?wait=false`, { as, ...(to === undefined ? {} : { body: { to } }) });
  const done = async (to?: number) => {
    const { body } = await back(to);
    const { deployment } = body.services[0];
    await end(test, deployment, 'succeeded');
  };
  const revision = async (number: number) => (await test.state.revisions.get('shop', 'web', number))?.value;
  const wanted = async () => {
    const number = (await test.state.services.get('shop', 'web'))?.value.revision ?? 0;
    return (await revision(number))?.spec.image;
  };

  it('brings the revision before the running one back as it was, as a new revision', async () => {
    test.engine.resolutions.set(image(2), {
      image: { ref: image(2), digest: 'sha256:moved', pinned: 'x' },
      needsPull: true,
    });
    const { status, body } = await back();
    assert.equal(status, 202);
    const [service] = body.services;
    assert.deepEqual([service.action, service.revision, service.state], ['replace', 4, 'pending']);
    assert.match(service.reason, /^web goes back to revision 2: image, env\.N$/);
    const [now, then] = [await revision(4), await revision(2)];
    assert.deepEqual([now?.spec, now?.image, now?.hash], [then?.spec, then?.image, then?.hash]);
    assert.deepEqual([now?.rollbackOf, now?.by], [2, 'deployer']);
    const deployment = (await test.state.deployments.get(4))?.value;
    assert.deepEqual([deployment?.from, deployment?.to], [3, 4]);
  });

  it('goes further back when it is asked again, and does not toggle', async () => {
    await done();
    await done();
    assert.equal(await wanted(), image(1));
    const { status, body } = await back();
    assert.equal(status, 409);
    assert.match(body.error, /web has no earlier revision that succeeded/);
  });

  it('asked for twice at the same time goes back once', async () => {
    await back();
    const { body } = await back();
    assert.deepEqual([body.services[0].action, body.services[0].deployment], ['join', 4]);
    assert.equal(await wanted(), image(2));
  });

  it('goes to the revision that is named, also one that never succeeded, and forward again', async () => {
    await done(1);
    assert.equal(await wanted(), image(1));
    await done(3);
    assert.equal(await wanted(), image(3));
  });

  it('to what runs is left alone, and says so', async () => {
    const { status, body } = await back(3);
    assert.equal(status, 202);
    assert.deepEqual([body.services[0].state, body.services[0].deployment], ['unchanged', null]);
    assert.equal(body.services[0].reason, 'web already runs revision 3');
    await done(1);
    assert.match((await back(1)).body.services[0].reason, /^web already runs what revision 1 was, as revision 4$/);
  });

  it('supersedes a deployment in progress, and goes to what served before it', async () => {
    const body = { services: [web({ image: image(9) })] };
    await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'deployer', body });
    const answer = await back();
    assert.equal(answer.body.services[0].action, 'supersede');
    assert.match(answer.body.services[0].reason, /^goes back to revision 3, takes the place of deployment 4/);
    assert.equal((await test.state.deployments.get(4))?.value.state, 'superseded');
    assert.equal(await wanted(), image(3));
  });

  it('waits, and answers as deploy does', async () => {
    const waiting = test.ask('POST', ROLLBACK, { as: 'deployer', body: { to: 1 } });
    await until(async () => (await test.state.deployments.get(4)) !== undefined);
    await end(test, 4, 'rolled-back');
    const { status, body } = await waiting;
    assert.deepEqual([status, body.code, body.services[0].state], [422, 'deploy_failed', 'rolled-back']);
  });

  it('tells its progress in lines', async () => {
    const answer = await test.open('POST', ROLLBACK, { as: 'deployer', headers: { accept: 'application/x-ndjson' } });
    await until(async () => (await test.state.deployments.get(4)) !== undefined);
    await end(test, 4, 'succeeded');
    const lines = (await text(answer))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(lines[0].type, 'service');
    assert.deepEqual([lines.at(-1).type, lines.at(-1).status], ['result', 200]);
  });

  it('pulls the image again by its digest where the engine has it no longer', async () => {
    test.engine.gone.set(pinned(2), undefined);
    const { body: plan } = await test.ask('POST', `${ROLLBACK}/plan`, { as: 'deployer' });
    assert.deepEqual(plan.pull, [{ image: pinned(2), bytes: null }]);
    assert.deepEqual([plan.errors, plan.kept, plan.services[0].action], [[], [], 'replace']);
    assert.equal((await back()).status, 202);
  });

  it('warns of release commands that ran since, in its plan too, as nothing undoes them', async () => {
    const plan = async (to: number) =>
      (await test.ask('POST', `${ROLLBACK}/plan`, { as: 'deployer', body: { to } })).body.warnings;
    assert.deepEqual(await plan(1), [], 'no revision has one');
    const migrated = (number: number, rest: object = {}) =>
      deployed(test, web({ image: image(number), release: ['migrate'], ...rest }));
    await migrated(4);
    await migrated(4, { drain_timeout: '1s' });
    const one = 'web: the release command of revision 4 is not undone: revision 3 meets the data as it left them';
    assert.deepEqual(await plan(3), [one], 'of an update that replaced no container none ran');
    assert.deepEqual(await plan(4), []);
    await migrated(6);
    const both =
      'web: the release commands of revisions 4, 6 are not undone: revision 2 meets the data as they left them';
    assert.deepEqual((await back(2)).body.services[0].warnings, [both]);
  });

  it('is refused, by its plan too, where neither the engine nor the registry has the image; nothing is changed', async () => {
    test.engine.gone.set(pinned(2), 'image not found');
    const { body: plan } = await test.ask('POST', `${ROLLBACK}/plan`, { as: 'deployer' });
    assert.deepEqual(plan.services, []);
    assert.match(plan.errors[0].error, /^the image of revision 2 is not on the engine any more, and image not found$/);
    const { status, body } = await back();
    assert.deepEqual([status, body.code], [409, 'conflict']);
    assert.equal(await wanted(), image(3));
    assert.equal(await revision(4), undefined);
  });

  it('knows no revision that is not kept', async () => {
    const { status, body } = await back(99);
    assert.equal(status, 404);
    assert.match(body.error, /revision 99 of web not found/);
    for (let number = 4; number <= 24; number += 1) await deployed(test, web({ image: image(number) }));
    assert.equal((await back(2)).status, 404, 'the newest 20 are kept');
    assert.equal((await back(5)).status, 202);
  });

  it('knows what succeeded after all deployments are forgotten', async () => {
    const two = await revision(2);
    assert.ok(two);
    const deployments = await test.state.deployments.list();
    const then = deployments.map(({ value }) => test.state.deployments.remove(value));
    await test.state.store.txn({ then: [...then, test.state.revisions.put({ ...two, succeededAt: 7 })] });
    await done();
    assert.equal(await wanted(), image(2));
  });

  it('is not for viewers, and finds no service of another project', async () => {
    assert.equal((await back(undefined, 'viewer')).status, 403);
    assert.equal((await test.ask('POST', `${ROLLBACK}/plan`, { as: 'viewer' })).status, 403);
    assert.equal((await test.ask('POST', ROLLBACK)).status, 401);
    await deployed(test, web({ name: 'site', project: 'blog' }));
    const of = (name: string) => test.ask('POST', `/api/v1/services/${name}/rollback`, { as: 'shopper' });
    assert.equal((await of('site')).status, 404);
    assert.equal((await of('nothing')).status, 404);
  });

  it('to what needs an admin needs one again', async () => {
    await deployed(test, web({ cap_keep: ['NET_RAW'] }));
    await deployed(test, web());
    const { status, body } = await back(4);
    assert.deepEqual([status, body.code], [403, 'forbidden']);
    assert.equal((await back(4, 'admin')).status, 202);
  });

  it('takes a body of a revision alone', async () => {
    for (const body of [{ to: 0 }, { to: '1' }, { to: 1.5 }, { from: 1 }, []])
      assert.equal((await test.ask('POST', ROLLBACK, { as: 'deployer', body })).status, 422, JSON.stringify(body));
  });
});

describe('POST /api/v1/services/{name}/restart', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    await deployed(test, web());
  });
  afterEach(() => test.close());
  const restart = (as: Caller = 'deployer') => test.ask('POST', '/api/v1/services/web/restart?wait=false', { as });

  it('is a deployment of the same revision', async () => {
    const { status, body } = await restart();
    assert.equal(status, 202);
    assert.deepEqual([body.services[0].action, body.services[0].revision], ['replace', 1]);
    const deployment = (await test.state.deployments.get(2))?.value;
    assert.deepEqual([deployment?.restart, deployment?.from, deployment?.to], [true, 1, 1]);
    assert.equal((await test.state.revisions.list('shop', 'web')).length, 1);
    assert.equal((await restart()).body.services[0].action, 'join');
  });

  it('is refused while something else is deployed, and of what is stopped', async () => {
    await test.ask('POST', '/api/v1/deploy?wait=false', {
      as: 'admin',
      body: { services: [web({ image: image(2) })] },
    });
    const { status, body } = await restart();
    assert.equal(status, 409);
    assert.match(body.error, /deployment 2 of web is in progress/);
    await end(test, 2, 'succeeded');
    await test.ask('DELETE', '/api/v1/services/web', { as: 'admin' });
    assert.match((await restart()).body.error, /web is stopped/);
  });

  it('is not for viewers, and finds no service of another project', async () => {
    assert.equal((await restart('viewer')).status, 403);
    await deployed(test, web({ name: 'site', project: 'blog' }));
    assert.equal((await test.ask('POST', '/api/v1/services/site/restart', { as: 'shopper' })).status, 404);
    assert.equal((await test.ask('POST', '/api/v1/services/web/restart')).status, 401);
  });
});
