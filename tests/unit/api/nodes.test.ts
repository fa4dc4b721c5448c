import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { createMemoryEngine } from './memory-engine.ts';
import { deployed, end, taskOf, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

describe('a second node', () => {
  let test: TestApi;
  const attic = () => {
    const engine = createMemoryEngine();
    test.engines.add('n7', engine);
    return engine;
  };

  beforeEach(async () => {
    test = await openApi();
    const { state } = test;
    await deployed(test, web());
    const task = taskOf({ id: 'web-1-n7', node: 'n7', revision: 1 });
    await state.store.txn({
      then: [state.nodes.put({ id: 'n7', name: 'attic', availability: 'active' }), state.tasks.put(task)],
    });
    test.world.serve(task);
  });
  afterEach(() => test.close());

  const get = async (path: string) => test.ask('GET', `/api/v1${path}`, { as: 'admin' });

  it('is told by its name, though records have its id', async () => {
    attic();
    await end(test, 1, 'failed', {
      failure: { reason: 'it was not ready', task: 'web-1-n7', slot: 1, node: 'n7', failedRequests: 0, log: [], at: 5 },
    });
    const { services } = (await get('/status')).body;
    assert.deepEqual(
      services[0].tasks.map(({ node }: { node: string }) => node),
      ['attic'],
    );
    const { deployments } = (await get('/deployments')).body;
    assert.equal(deployments[0].failure.node, 'attic');
    const top = (await get('/top')).body;
    assert.equal(top.tasks[0].node, 'attic');
  });

  it('gives the logs of its tasks; one that there is no way to is refused, saying so', async () => {
    const away = await get('/services/web/logs?project=shop');
    assert.deepEqual([away.status, away.body.error], [503, 'this server has no way to the node n7']);
    attic().write('web-1-n7', { at: 1, stream: 'stdout', text: 'hello from the attic' });
    assert.match((await get('/services/web/logs?project=shop')).text, /hello from the attic/);
  });

  it('tells what its machine uses; of one that is away, why it does not', async () => {
    const engine = attic();
    engine.machineLoad = { busy: 1, total: 2, cpus: 8, memory: 3, memoryTotal: 4, load: 0 };
    const machines = async () => (await get('/top')).body.nodes;
    const seen = (await machines()).find(({ node }: { node: string }) => node === 'attic');
    assert.deepEqual([seen.cpus, seen.memory_bytes, seen.memory_total_bytes, seen.reason], [8, 3, 4, null]);
    engine.down = 'node "attic" is not connected';
    const away = (await machines()).find(({ node }: { node: string }) => node === 'attic');
    assert.deepEqual([away.cpus, away.reason], [null, 'node "attic" is not connected']);
  });

  it('has volumes of its own, which are removed there; those of an engine that is away are left out', async () => {
    const engine = attic();
    const volume = { name: 'shop_data', driver: 'local', options: {}, owner: 'own' as const };
    const labels = { 'orca.cluster': 'c', 'orca.project': 'shop', 'orca.volume': 'data' };
    engine.made.set('shop_data', { ...volume, labels });
    const known = { project: 'shop', name: 'data', node: 'n7', state: 'ready', at: 1 } as const;
    await test.state.store.txn({ then: [test.state.volumes.put(known)] });
    const names = async () => (await get('/volumes')).body.volumes.map(({ name }: { name: string }) => name);
    assert.deepEqual(await names(), ['shop_data']);
    const { volumes } = engine;
    engine.volumes = () => Promise.reject(new OrcaError('unavailable', 'docker does not answer'));
    assert.deepEqual(await names(), []);
    engine.volumes = volumes;
    const removed = await test.ask('DELETE', '/api/v1/volumes/shop_data', { as: 'admin' });
    assert.deepEqual([removed.body.removed, engine.made.size], [true, 0]);
  });
});
