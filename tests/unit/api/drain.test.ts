import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { containerOf } from './memory-world.ts';
import { end, taskOf, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const NODE = '/api/v1/cluster/nodes/web2';
const HOST = '/v1/hosts/web2';

describe('a node that is to be drained', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    const node = (id: string, name: string) => test.state.nodes.put({ id, name, availability: 'active' });
    await test.state.store.txn({ then: [node('local', 'local'), node('k3x9b7q2z5abcdef', 'web2')] });
    Object.assign(test.world, { candidate: () => ({ status: 'ready' }) });
  });
  afterEach(() => test.close());

  const post = (path: string) => test.ask('POST', path, { as: 'admin' });
  const statusOf = async (path = NODE) => (await test.ask('GET', `${path}/drain-status`, { as: 'viewer' })).body;
  const availability = async () => (await test.ask('GET', NODE, { as: 'viewer' })).body.availability;
  const events = async () => {
    const { entries } = await test.state.store.range({ prefix: 'events/' });
    return entries.flatMap((entry) => test.state.events.read(entry)?.value.reason ?? []);
  };

  const run = async (...tasks: readonly object[]) => {
    const services = [web(), web({ name: 'db', port: 5432, volumes: ['data:/data'] })];
    const body = { services, volumes: [{ name: 'data', project: 'shop' }] };
    const answer = await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'admin', body });
    for (const { deployment } of answer.body.services) await end(test, deployment, 'succeeded');
    const put = tasks.map((rest) => test.state.tasks.put(taskOf({ node: 'k3x9b7q2z5abcdef', ...rest })));
    await test.state.store.txn({ then: put });
  };

  for (const path of [NODE, HOST]) {
    it(`is drained, undrained and activated by ${path}, each as often as one likes`, async () => {
      for (let times = 0; times < 2; times += 1) {
        const { status, body } = await post(`${path}/drain`);
        assert.deepEqual([status, body.availability, body.drain, body.done], [200, 'draining', true, false]);
      }
      assert.deepEqual((await post(`${path}/undrain`)).body.availability, 'active');
      assert.deepEqual((await post(`${path}/undrain`)).body.availability, 'active');
      await post(`${path}/drain`);
      assert.deepEqual((await post(`${path}/activate`)).body.availability, 'active');
      assert.equal((await statusOf(path)).drain, false);
      assert.deepEqual(
        (await events()).filter((reason) => reason.includes('(by admin)')),
        [
          'is drained: its tasks move to other nodes (by admin)',
          'takes tasks again (by admin)',
          'is drained: its tasks move to other nodes (by admin)',
          'takes tasks again (by admin)',
        ],
      );
    });
  }

  it('in maintenance is not undrained, but activated', async () => {
    assert.equal((await post(`${NODE}/maintenance`)).body.availability, 'maintenance');
    const { status, body } = await post(`${NODE}/undrain`);
    assert.deepEqual([status, body.hint], [409, 'orca node activate web2 takes it back into use']);
    await post(`${NODE}/activate`);
    assert.equal(await availability(), 'active');
  });

  it('counts the one-off containers that run there, which hold up nothing', async () => {
    const run = (name: string, kind: string, state: 'running' | 'exited') => {
      const box = containerOf(taskOf({ id: name }), { state });
      test.world.running.set(name, { ...box, labels: { ...box.labels, 'orca.kind': kind } });
    };
    run('run-1', 'run', 'running');
    run('run-2', 'run', 'exited');
    run('web-1-a', 'task', 'running');
    assert.equal((await post(`${NODE}/drain`)).body.one_off, 1);
    test.world.down = 'docker does not answer';
    assert.equal((await statusOf()).one_off, null);
  });

  it('tells what goes by itself and what stays, each with its reason', async () => {
    await run(
      {},
      { id: 'web-2-a', slot: 2, phase: 'stop', reason: 'it was scaled down' },
      { id: 'web-3-a', slot: 3, phase: 'ended' },
      { id: 'db-1-a', service: 'db' },
    );
    const { body } = await post(`${NODE}/drain`);
    assert.equal(body.tasks, 3);
    const said = (all: readonly { service: string; slot: number; reason: string }[]) =>
      all.map(({ service, slot, reason }) => `${service}.${slot}: ${reason}`);
    assert.deepEqual(said(body.waiting), [
      'web.2: web.2 is being stopped: it was scaled down',
      'web.1: web2 is drained; on local: no task of web is there yet',
    ]);
    assert.deepEqual(said(body.stuck), ['db.1: the data of its volume shop_data are on web2']);
    assert.deepEqual(await statusOf(), body);
  });

  it('moves tasks by a changed placement: the plan says which and where to, and which nodes take none', async () => {
    await run();
    const hash = (await test.state.revisions.get('shop', 'web', 1))?.value.hash ?? '';
    await test.state.store.txn({ then: [test.state.tasks.put(taskOf({ node: 'k3x9b7q2z5abcdef', hash }))] });
    await test.state.store.txn({
      then: [test.state.nodes.put({ id: 'k4x9b7q2z5abcdef', name: 'web3', availability: 'draining' })],
    });
    const plan = async (placement: object) => {
      const body = { services: [web({ placement })] };
      return (await test.ask('POST', '/api/v1/plan', { as: 'deployer', body })).body.services[0];
    };
    const { action, placement, refused } = await plan({ node: 'local' });
    assert.deepEqual([action, placement.length, placement[0].node], ['update', 1, 'local']);
    assert.match(placement[0].why, /^web2 is not where it may be: `placement.node` is local; /);
    assert.deepEqual(refused, [{ node: 'web3', why: '`placement.node` is local' }]);
    const stays = await plan({ spread: 'zone' });
    assert.deepEqual([stays.placement, stays.refused], [[], [{ node: 'web3', why: 'it is being drained' }]]);
  });

  it('is for admins; a viewer may look', async () => {
    assert.equal((await test.ask('POST', `${NODE}/drain`, { as: 'deployer' })).status, 403);
    assert.equal((await test.ask('POST', `${HOST}/activate`, { as: 'viewer' })).status, 403);
    assert.equal((await post('/api/v1/cluster/nodes/nobody/drain')).status, 404);
  });
});
