import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hook, logOf, send } from './deliveries.ts';
import { imageOf } from './memory-engine.ts';
import { deployed, end, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

let test: TestApi;
beforeEach(async () => {
  test = await openApi({ works: true });
});
afterEach(() => test.close());

const pushImage = (ref: string, digest: string) =>
  test.engine.resolutions.set(ref, {
    image: { ...imageOf(ref), digest: `sha256:${digest}`, pinned: `${ref}@sha256:${digest}` },
    needsPull: true,
  });
const canary = (rest: object = {}) =>
  web({ domain: 'web.test', deploy: { strategy: 'canary', canary: { steps: [25] } }, ...rest });
const ofWorker = async () => (await test.state.deployments.list()).filter(({ value }) => value.service === 'worker');

describe('a push of two services, of which one has a canary', () => {
  /** Sent again it is a repeat, and its webhook is looked at anew, as it is every 15 s. */
  const push = (secret: string) => send(test, { secret, delivery: 'd-1' });

  it('deploys the other one once, whatever becomes of it meanwhile, and the one with the canary after it', async () => {
    await deployed(test, canary(), web({ name: 'worker', image: 'acme/worker:1' }));
    const { id, secret } = await hook(test, { services: ['worker'] });
    await test.ask('POST', '/api/v1/deploy?wait=false', {
      as: 'deployer',
      body: { services: [canary({ env: { A: '1' } })] },
    });
    pushImage('acme/worker:1', 'new');
    pushImage('acme/web:1', 'new');
    assert.equal((await push(secret)).status, 202);
    const [, pushed] = await ofWorker();
    assert.ok(pushed, 'the worker is deployed');
    const [waiting] = await logOf(test, id);
    assert.deepEqual([waiting.outcome, waiting.deployments], ['queued', [pushed.value.id]]);
    assert.match(waiting.reason, /waits: a canary of web is on/);

    await end(test, pushed.value.id, 'rolled-back');
    await push(secret);
    assert.equal((await ofWorker()).length, 2, 'what has gone back is not deployed again by the same push');

    const tried = (await test.state.services.get('shop', 'web'))?.value.deployment;
    await end(test, tried ?? 0, 'succeeded');
    await push(secret);
    assert.equal((await ofWorker()).length, 2);
    const [done] = await logOf(test, id);
    const last = (await test.state.services.get('shop', 'web'))?.value.deployment;
    assert.deepEqual([done.outcome, done.deployments], ['deployed', [pushed.value.id, last]]);
    assert.match(done.reason, /deployment \d+ of worker; deployment \d+ of web/);
  });

  it('sent again by hand deploys both', async () => {
    await deployed(test, canary(), web({ name: 'worker', image: 'acme/worker:1' }));
    const { id, secret } = await hook(test, { services: ['worker'] });
    await test.ask('POST', '/api/v1/deploy?wait=false', {
      as: 'deployer',
      body: { services: [canary({ env: { A: '1' } })] },
    });
    pushImage('acme/worker:1', 'new');
    await push(secret);
    const [, pushed] = await ofWorker();
    await end(test, pushed?.value.id ?? 0, 'rolled-back');
    const tried = (await test.state.services.get('shop', 'web'))?.value.deployment;
    await end(test, tried ?? 0, 'succeeded');
    await push(secret);
    const again = await test.ask('POST', `/api/v1/webhooks/${id}/redeliver`, {
      as: 'deployer',
      body: { delivery: 'd-1' },
    });
    assert.deepEqual([again.status, again.body.deployments], [202, []]);
    await push(secret);
    assert.equal((await ofWorker()).length, 3);
  });
});

describe('what is to be said of a volume', () => {
  it('keeps no push waiting', async () => {
    test.engine.made.set('shop_data', { name: 'shop_data', driver: 'local', options: {}, labels: {} });
    const body = {
      services: [web({ volumes: ['data:/data'] })],
      volumes: [{ name: 'data', project: 'shop', owner: '1000:1000' }],
    };
    const first = await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'admin', body });
    assert.match(first.body.services[0].warnings[0], /owner and mode are set only when orca makes a volume/);
    await end(test, first.body.services[0].deployment, 'succeeded');
    const { id, secret } = await hook(test);
    pushImage('acme/web:1', 'new');
    const { body: answer } = await send(test, { secret });
    const [line] = await logOf(test, id);
    assert.deepEqual([answer.outcome, line.outcome], ['deployed', 'deployed'], line.reason);
  });
});
