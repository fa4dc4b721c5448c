import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Deployment } from '../../../src/core/model/deployment.ts';
import { hook, logOf, SHA, send } from './deliveries.ts';
import { deployed, end, taskOf, web } from './records.ts';
import { type Caller, openApi, type TestApi, until } from './test-api.ts';

const PROMOTE = '/api/v1/services/web/promote';
const ROLLBACK = '/api/v1/services/web/rollback';
const canary = (image: string, rest: object = {}) =>
  web({
    image,
    domain: 'shop.example.com',
    replicas: 4,
    deploy: { strategy: 'canary', canary: { steps: [25, 50] } },
    ...rest,
  });

describe('a canary over the API', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi({ works: true });
    await deployed(test, canary('acme/web:1'));
  });
  afterEach(() => test.close());

  const deploy = (spec: object, more: object = {}, query = 'wait=false') =>
    test.ask('POST', `/api/v1/deploy?${query}`, { as: 'deployer', body: { services: [spec], ...more } });
  const promote = (body: object = {}, query = '?wait=false', as: Caller = 'deployer') =>
    test.ask('POST', `${PROMOTE}${query}`, { as, body });
  const stored = async (id: number) => (await test.state.deployments.get(id))?.value;
  const change = async (id: number, rest: Partial<Deployment>) => {
    const deployment = await stored(id);
    assert.ok(deployment);
    await test.state.store.txn({ then: [test.state.deployments.put({ ...deployment, ...rest })] });
  };
  /** As controllers do once the step is acknowledged. */
  const reach = async (id = 2) => {
    const deployment = await stored(id);
    assert.ok(deployment?.canary);
    await change(id, {
      state: 'paused',
      canary: { ...deployment.canary, reachedAt: test.now },
      reason: 'step 1 of 2: revision 2 gets 25 % of the requests',
    });
  };
  const waiting = async () => {
    assert.equal((await deploy(canary('acme/web:2'))).status, 202);
    await reach();
  };
  const wanted = async () => (await test.state.services.get('shop', 'web'))?.value;

  it('is the first step of what is deployed beside what serves, and none of a first deployment', async () => {
    assert.equal((await stored(1))?.canary, undefined);
    await deploy(canary('acme/web:2'));
    const { step, of, weight, by } = (await stored(2))?.canary ?? {};
    assert.deepEqual([step, of, weight, by], [1, 2, 25, 'client']);
    const { body } = await test.ask('GET', '/api/v1/deployments/2', { as: 'viewer' });
    assert.deepEqual([body.strategy, body.step, body.weight], ['canary', '1 of 2', 25]);
  });

  it('lets deploy end with 200 and the state paused once its first step is reached, with what to do next', async () => {
    const answer = deploy(canary('acme/web:2'), {}, '');
    await until(async () => (await stored(2)) !== undefined);
    await reach();
    const { status, body } = await answer;
    const [service] = body.services;
    assert.deepEqual([status, service.state, service.code], [200, 'paused', null]);
    assert.match(service.hint, /orca promote web --step.*orca promote web.*orca rollback web/);
  });

  it('is joined by the same deploy again, and refuses another one, unless that is to replace it', async () => {
    await waiting();
    const same = (await deploy(canary('acme/web:2'))).body.services[0];
    assert.deepEqual([same.action, same.deployment, same.state], ['join', 2, 'paused']);
    const { status, body } = await deploy(canary('acme/web:3'));
    assert.deepEqual([status, body.code], [409, 'conflict']);
    assert.match(body.error, /a canary of web is on: deployment 2, step 1 of 2, revision 2/);
    assert.match(body.hint, /--replace/);
    assert.equal((await stored(2))?.state, 'paused');
    const { body: plan } = await test.ask('POST', '/api/v1/plan', {
      as: 'deployer',
      body: { services: [canary('acme/web:3')] },
    });
    assert.match(plan.errors[0].error, /a canary of web is on/);

    for (const [more, query] of [
      [{ replace: true }, 'wait=false'],
      [{}, 'wait=false&replace'],
    ] as const) {
      const next = (await deploy(canary(`acme/web:${query.length}`), more, query)).body.services[0];
      assert.equal(next.action, 'supersede');
    }
    assert.deepEqual([(await stored(2))?.state, (await stored(3))?.from], ['superseded', 1]);
    assert.equal((await stored(4))?.canary?.weight, 25);
  });

  it('is given the next step, and waits for it', async () => {
    await waiting();
    const answer = promote({ step: true }, '');
    await until(async () => (await stored(2))?.canary?.step === 2);
    const { state, canary: now } = (await stored(2)) ?? {};
    assert.deepEqual([state, now?.weight, now?.reachedAt], ['running', 50, undefined]);
    await reach();
    const { status, body } = await answer;
    assert.deepEqual([status, body.services[0].action, body.services[0].state], [200, 'promote', 'paused']);
  });

  it('is given all requests by promote, and by a step after the last one', async () => {
    await waiting();
    await promote({ step: true });
    await reach();
    const answer = promote({ step: true }, '');
    await until(async () => (await stored(2))?.canary?.weight === 100);
    await end(test, 2, 'succeeded');
    const { status, body } = await answer;
    assert.deepEqual([status, body.services[0].state], [200, 'succeeded']);
  });

  it('is promoted by nobody who may not deploy, and not where none waits: 409 says why', async () => {
    const refused = async (why: RegExp) => {
      const { status, body } = await promote();
      assert.deepEqual([status, body.code], [409, 'conflict']);
      assert.match(body.error, why);
    };
    await refused(/^no canary of web is running$/);
    await deploy(canary('acme/web:2'));
    await refused(/^step 1 of 2 of the canary of web is not reached yet/);
    await reach();
    assert.equal((await promote({}, '?wait=false', 'viewer')).status, 403);
    assert.equal((await test.ask('POST', '/api/v1/services/nope/promote', { as: 'deployer' })).status, 404);
    assert.equal((await promote({ step: 'yes' })).status, 422);
    assert.equal((await promote()).status, 202);
    await refused(/^deployment 2 of web is promoted already$/);
    await end(test, 2, 'succeeded');
    await deploy(canary('acme/web:3', { deploy: { strategy: 'rolling' } }));
    await refused(/^deployment 3 of web is in progress, and is no canary$/);
  });

  it('is promoted once by two who ask at the same time', async () => {
    await waiting();
    const answers = await Promise.all([promote({ step: true }), promote({ step: true })]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 409]);
    assert.equal((await stored(2))?.canary?.step, 2);
  });

  it('is taken back by rollback: 200, the version from before is wanted with its count, and no revision is made', async () => {
    assert.equal((await deploy(canary('acme/web:2', { replicas: 6 }))).status, 202);
    await reach();
    const answer = test.ask('POST', ROLLBACK, { as: 'deployer' });
    await until(async () => (await stored(2))?.revert !== undefined);
    const { revision, replicas, deployment } = (await wanted()) ?? {};
    assert.deepEqual([revision, replicas, deployment], [1, 4, 2]);
    const again = (await test.ask('POST', `${ROLLBACK}?wait=false`, { as: 'deployer' })).body.services[0];
    assert.deepEqual([again.action, again.deployment], ['revert', 2]);
    await end(test, 2, 'rolled-back');
    const { status, body } = await answer;
    const [service] = body.services;
    assert.deepEqual([status, service.action, service.state, service.code], [200, 'revert', 'rolled-back', null]);
    assert.equal((await test.state.revisions.list('shop', 'web')).length, 2);
  });

  it('tells who waits for a promotion that another one took it back', async () => {
    await waiting();
    const answer = promote({}, '');
    await until(async () => (await stored(2))?.canary?.weight === 100);
    await change(2, { revert: { at: test.now, by: 'ann' } });
    await end(test, 2, 'rolled-back');
    const { status, body } = await answer;
    assert.deepEqual([status, body.code], [409, 'conflict']);
    assert.match(body.hint, /ann rolled it back/);
  });

  it('is not gone around by a rollback to another revision, nor by a restart', async () => {
    await deployed(test, canary('acme/web:0', { deploy: { strategy: 'rolling' } }));
    await deploy(canary('acme/web:2'));
    await reach(3);
    const to = await test.ask('POST', `${ROLLBACK}?wait=false`, { as: 'deployer', body: { to: 1 } });
    assert.deepEqual([to.status, to.body.code], [409, 'conflict']);
    const restart = await test.ask('POST', '/api/v1/services/web/restart?wait=false', { as: 'deployer' });
    assert.equal(restart.status, 409);
    assert.match(restart.body.error, /a canary of web is on/);
    assert.equal((await stored(3))?.state, 'paused');
  });

  it('is planned with its steps and the tasks of each, and its rollback with what stops', async () => {
    const plan = async (spec: object) =>
      (await test.ask('POST', '/api/v1/plan', { as: 'deployer', body: { services: [spec] } })).body;
    const hash = (await test.state.revisions.get('shop', 'web', 1))?.value.hash ?? '';
    const old = [1, 2, 3, 4].map((slot) => taskOf({ id: `web-${slot}-a`, slot, hash }));
    await test.state.store.txn({ then: old.map(test.state.tasks.put) });
    const { services, warnings } = await plan(canary('acme/web:2'));
    assert.deepEqual(services[0].canary, {
      by: 'client',
      steps: [
        { weight: 25, tasks: 1 },
        { weight: 50, tasks: 2 },
      ],
    });
    assert.deepEqual([services[0].placement.length, warnings], [1, []]);
    const none = await plan(canary('acme/web:1', { name: 'new', domain: 'new.example.com' }));
    assert.equal(none.services[0].canary, null);
    assert.match(none.warnings[0], /new.*gets all requests at once/);

    await waiting();
    const { number, hash: fresh = '' } = (await test.state.revisions.get('shop', 'web', 2))?.value ?? {};
    await test.state.store.txn({
      then: [test.state.tasks.put(taskOf({ id: 'web-1-b', hash: fresh, revision: number ?? 0 }))],
    });
    const back = (await test.ask('POST', `${ROLLBACK}/plan`, { as: 'deployer' })).body;
    assert.deepEqual([back.errors, back.services[0].action], [[], 'update']);
    assert.deepEqual(
      back.steps.map(({ kind }: { kind: string }) => kind),
      ['unroute', 'settle', 'stop'],
    );
    assert.deepEqual(back.warnings, []);
  });

  it('is planned back with a warning of its release command, which nothing undoes', async () => {
    await deploy(canary('acme/web:2', { release: ['migrate'] }));
    await reach(2);
    const { warnings } = (await test.ask('POST', `${ROLLBACK}/plan`, { as: 'deployer' })).body;
    assert.deepEqual(warnings, [
      'web: the release command of revision 2 is not undone: revision 1 meets the data as it left them',
    ]);
  });

  it('makes a delivery wait until it has ended, and is ended by none', async () => {
    const { id, secret } = await hook(test);
    const image = `acme/web:\${push.sha:-main}`;
    await deployed(test, canary(image));
    await deploy(canary(image, { env: { A: '1' } }));
    await reach(3);
    const { status, body } = await send(test, { secret, delivery: 'd-1' });
    assert.deepEqual([status, body.outcome], [202, 'queued']);
    await until(async () => /waits: a canary of web is on/.test((await logOf(test, id))[0].reason));
    assert.equal((await stored(3))?.state, 'paused');
    await promote();
    await end(test, 3, 'succeeded');
    const again = await send(test, { secret, delivery: 'd-1' });
    assert.deepEqual([again.body.outcome, again.body.deployments], ['deployed', [4]]);
    assert.equal((await test.state.revisions.get('shop', 'web', 4))?.value.spec.commit, SHA);
  });
});
