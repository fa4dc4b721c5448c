import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Plan } from '../../../src/contract/plan.ts';
import { deployed, web } from './records.ts';
import { type Caller, openApi, type TestApi } from './test-api.ts';

describe('the plan of a token that may look and not deploy', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
  });
  afterEach(() => test.close());

  const ask = (service: object, as: Caller = 'viewer') =>
    test.ask('POST', '/api/v1/plan', { as, body: { services: [service] } });
  const plan = async (service: object, as?: Caller) => {
    const { services, warnings } = Plan.parse((await ask(service, as)).body);
    return {
      only: services[0],
      warnings,
      diff: Object.fromEntries((services[0]?.diff ?? []).map((one) => [one.path, one])),
    };
  };
  const secret = {
    env: { PASSWORD: 'hunter2', OLD: 'former' },
    labels: { auth: 'tom:5678' },
    command: ['run', '--key', 'k-123'],
  };

  it('has fingerprints in place of the values that run, wherever they are removed or named', async () => {
    await deployed(test, web(secret));
    const { text } = await ask(web({ env: { PASSWORD: 'other', NEW: 'mine' }, labels: { auth: 'x' } }));
    for (const value of ['hunter2', 'former', 'tom:5678', 'k-123', 'mine']) assert.ok(!text.includes(value), value);
    const { diff } = await plan(web({ env: { PASSWORD: 'other', NEW: 'mine' }, labels: { auth: 'x' } }));
    for (const path of ['env.PASSWORD', 'env.OLD', 'labels.auth', 'command']) {
      assert.match(String(diff[path]?.from), /^fingerprint:[0-9a-f]{8}$/, path);
    }
    assert.deepEqual([diff['env.OLD']?.to, diff['command']?.to], [null, null]);
    assert.deepEqual([diff['env.PASSWORD']?.to, diff['env.NEW']?.to], ['not compared', 'not compared']);
    assert.equal(diff['env.NEW']?.from, null);
  });

  it('answers a right guess as it answers a wrong one, byte for byte', async () => {
    await deployed(test, web(secret));
    const guessed = (password: string, rest: object = {}) =>
      ask(web({ ...secret, env: { ...secret.env, PASSWORD: password }, ...rest }));
    for (const rest of [{}, { replicas: 2 }, { image: 'acme/web:2' }]) {
      assert.equal((await guessed('hunter2', rest)).text, (await guessed('wrong', rest)).text);
    }
    const right = await ask(web(secret));
    assert.equal(right.text, (await ask(web({ ...secret, labels: { auth: 'tom:1' } }))).text);
    assert.equal(right.text, (await ask(web({ ...secret, command: ['run'] }))).text);
  });

  it('has the same fingerprint for the same value at the same place, and others for other places', async () => {
    const two = { env: { A: 'same', B: 'same' } };
    await deployed(test, web(two), web({ ...two, name: 'api' }), web({ ...two, project: 'blog' }));
    const marks = async (service: object) => Object.values((await plan(service)).diff).map(({ from }) => from);
    const seen = [...(await marks(web(two))), ...(await marks(web({ ...two, name: 'api' })))];
    seen.push(...(await marks(web({ ...two, project: 'blog' }))));
    assert.equal(new Set(seen).size, 6);
    assert.deepEqual(await marks(web({ env: { A: 'x', B: 'y' } })), seen.slice(0, 2));
    await deployed(test, web({ env: { A: 'next', B: 'same' } }));
    const [a, b] = await marks(web(two));
    assert.deepEqual([a === seen[0], b === seen[1]], [false, true]);
  });

  it('says what else changes, and that values are not compared', async () => {
    await deployed(test, web(secret));
    const { only, warnings } = await plan(web({ ...secret, env: { ...secret.env, PASSWORD: 'x' }, replicas: 2 }));
    assert.equal(only?.action, 'update');
    assert.equal(only?.reason, 'web has changed: replicas');
    assert.deepEqual(warnings, [
      'web: values of env, labels, command and entrypoint are not compared: this token may not deploy to shop',
    ]);
    assert.equal((await plan(web(secret))).only?.action, 'none');
  });

  it('asks no registry, and not the engine either', async () => {
    await deployed(test, web());
    test.engine.resolutions.set('127.0.0.1:22/x:1', { warning: 'SSH-2.0-OpenSSH_9.2', needsPull: false });
    const before = test.engine.resolved;
    const { only, warnings, diff } = await plan(web({ image: '127.0.0.1:22/x:1' }));
    assert.equal(test.engine.resolved, before);
    assert.deepEqual([only?.action, Object.keys(diff)], ['replace', ['image']]);
    assert.deepEqual(warnings, ['web: no registry is asked for 127.0.0.1:22/x:1: this token may not deploy to shop']);
    assert.deepEqual((await plan(web())).warnings, []);
  });

  it('is not that of a deployer, who sees the values', async () => {
    await deployed(test, web(secret));
    const { diff } = await plan(web({ env: { PASSWORD: 'other' } }), 'shopper');
    assert.deepEqual(diff['env.PASSWORD'], { path: 'env.PASSWORD', from: 'hunter2', to: 'other' });
    assert.equal(diff['env.OLD']?.from, 'former');
  });

  it('leaves no value in history, events and status', async () => {
    await deployed(test, web(secret), web({ ...secret, name: 'api', env: { PASSWORD: 'next-one' } }));
    await deployed(test, web({ ...secret, env: { PASSWORD: 'next-one' } }));
    const told = await Promise.all(
      ['deployments', 'deployments/1', 'deployments/3', 'status', 'services/web'].map(
        async (path) => (await test.ask('GET', `/api/v1/${path}`, { as: 'viewer' })).text,
      ),
    );
    const events = (await test.state.store.range({ prefix: 'events/', limit: 100 })).entries;
    for (const text of [...told, JSON.stringify(events)]) {
      for (const value of ['hunter2', 'next-one', 'tom:5678', 'k-123']) assert.ok(!text.includes(value), value);
    }
  });
});
