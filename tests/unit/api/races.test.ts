import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { mirror } from '../../../src/api/observing/mirror.ts';
import type { Service } from '../../../src/core/model/service.ts';
import { putService } from '../store/put-service.ts';
import { deployed, web } from './records.ts';
import { openApi, type TestApi, until } from './test-api.ts';

const deployment = {
  project: 'shop',
  service: 'web',
  state: 'running',
  strategy: 'rolling',
  reason: 'starts',
  startedAt: 1_000_000,
} as const;

describe('a write that someone else was faster than', () => {
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
    await deployed(test, web());
  });
  afterEach(() => test.close());

  const change = async (rest: Partial<Service>) => {
    const service = (await test.state.services.get('shop', 'web'))?.value;
    assert.ok(service);
    await test.state.store.txn({ then: [...putService(test.state, { ...service, ...rest })] });
  };
  const service = async () => (await test.state.services.get('shop', 'web'))?.value;
  const deploy = (rest: object = {}) =>
    test.ask('POST', '/api/v1/deploy?wait=false', { as: 'admin', body: { services: [web(rest)] } });

  it('is decided again: a deploy keeps the scale that came in between', async () => {
    meanwhile = () => change({ replicas: 4, scaledFrom: 1 });
    const { status, body } = await deploy({ image: 'acme/web:2' });
    assert.equal(status, 202);
    assert.match(body.services[0].reason, /stays scaled by hand to 4/);
    assert.deepEqual([(await service())?.replicas, (await service())?.scaledFrom], [4, 1]);
  });

  it('is decided again: a deploy is refused when the service is removed in between', async () => {
    meanwhile = () => change({ removing: true });
    const { status, body } = await deploy({ image: 'acme/web:2' });
    assert.equal(status, 409);
    assert.match(body.error, /being removed/);
    assert.equal((await service())?.removing, true);
  });

  it('is decided again: a rollback takes the place of a deployment that was faster', async () => {
    await deployed(test, web({ image: 'acme/web:2' }));
    await test.used('deployer');
    const [two, web2] = [(await test.state.revisions.get('shop', 'web', 2))?.value, await service()];
    assert.ok(two && web2);
    const faster = { ...deployment, id: 3, from: 2, to: 3 };
    meanwhile = () =>
      test.state.store.txn({
        then: [
          test.state.cluster.put({ name: 'deployment', number: 3 }),
          test.state.revisions.put({ ...two, number: 3, spec: { ...two.spec, image: 'acme/web:3' } }),
          test.state.deployments.put(faster),
          ...putService(test.state, { ...web2, revision: 3, deployment: 3 }),
        ],
      });
    const { status, body } = await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    assert.equal(status, 202);
    assert.deepEqual([body.services[0].action, body.services[0].revision], ['supersede', 4]);
    const [first, second] = await Promise.all([3, 4].map(async (id) => (await test.state.deployments.get(id))?.value));
    assert.deepEqual([first?.state, first?.supersededBy, second?.to], ['superseded', 4, 4]);
    assert.equal((await test.state.revisions.get('shop', 'web', 4))?.value.rollbackOf, 1);
  });

  it('is decided again: nothing goes back or is restarted that was removed or stopped in between', async () => {
    await deployed(test, web({ image: 'acme/web:2' }));
    await test.used('deployer');
    meanwhile = () => change({ paused: true });
    const restarted = await test.ask('POST', '/api/v1/services/web/restart?wait=false', { as: 'deployer' });
    assert.deepEqual([restarted.status, restarted.body.error], [409, 'web: web is stopped']);
    meanwhile = () => change({ removing: true });
    const back = await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    assert.equal(back.status, 409);
    assert.equal((await test.state.deployments.list()).length, 2);
  });

  it('is decided again: a scale does not undo a stop', async () => {
    meanwhile = () => change({ paused: true });
    const { body } = await test.ask('POST', '/api/v1/services/web/scale', { as: 'admin', body: { replicas: 2 } });
    assert.equal(body.replicas, 2);
    assert.deepEqual([(await service())?.paused, (await service())?.replicas], [true, 2]);
  });

  it('is decided again: a domain goes to the one who was first', async () => {
    const current = (await test.state.revisions.get('shop', 'web', 1))?.value;
    const counter = (await test.state.cluster.get('deployment'))?.value;
    const web1 = await service();
    assert.ok(current && counter && web1);
    meanwhile = () =>
      test.state.store.txn({
        then: [
          test.state.cluster.put({ ...counter, number: 9 }),
          ...putService(test.state, { ...web1, name: 'first' }),
          test.state.revisions.put({
            ...current,
            service: 'first',
            spec: { ...current.spec, name: 'first', domains: ['a.test'], routes: [{ path: '/', stripPrefix: false }] },
          }),
        ],
      });
    const { status } = await deploy({ name: 'second', domain: 'a.test' });
    assert.equal(status, 409);
    assert.equal(await test.state.services.get('shop', 'second'), undefined);
  });

  it('is given up as a conflict when that never ends', async () => {
    const again = async (): Promise<void> => {
      await change({ replicas: 1 });
      meanwhile = again;
    };
    meanwhile = again;
    const { status, body } = await test.ask('POST', '/api/v1/services/web/scale', {
      as: 'admin',
      body: { replicas: 2 },
    });
    assert.equal(status, 409);
    assert.match(body.error, /changed by others 5 times/);
  });
});

describe('a mirror', () => {
  it('lists again after a gap, and leaves nothing out', async (t) => {
    const stop = new AbortController();
    let hold: Promise<void> | undefined;
    const test = await openApi({
      wrapStore: (store) => ({
        ...store,
        async *watch(query) {
          await hold;
          yield* store.watch(query);
        },
      }),
    });
    t.after(async () => {
      stop.abort();
      await test.close();
    });
    const { store } = test.state;
    const put = (key: string) => store.txn({ then: [{ put: `things/${key}`, value: `"${key}"` }] });
    await put('a');
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const { values } = await mirror<string>({
      store,
      collection: { read: ({ key, value, modRevision }) => ({ key, value: JSON.parse(value), modRevision }) },
      prefix: 'things/',
      onChange: () => undefined,
      onError: (error) => assert.fail(String(error)),
      signal: stop.signal,
    });
    await put('b');
    await store.txn({ then: [{ delete: 'things/a' }] });
    await put('c');
    await store.compact((await store.status()).revision);
    release();
    await until(() => values.has('things/c'), 'what came in the gap');
    assert.deepEqual([...values.values()], ['b', 'c']);
    await put('d');
    await store.txn({ then: [{ delete: 'things/b' }] });
    await until(() => !values.has('things/b'), 'what came after');
    assert.deepEqual([...values.values()], ['c', 'd']);
  });
});
