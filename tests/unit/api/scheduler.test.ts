import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deployed, taskOf, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const WAITS = 'web.2 waits: web2 is down';

describe("the scheduler's paths", () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
    await deployed(test, web({ replicas: 2 }));
    await deployed(test, web({ project: 'other', name: 'api', replicas: 1 }));
    const tasks = [
      taskOf({ id: 'web-1-a', slot: 1 }),
      taskOf({ id: 'web-1-old', slot: 1, phase: 'ended', end: { at: 1, reason: 'replaced', wanted: true } }),
      taskOf({ id: 'api-1-d', project: 'other', service: 'api' }),
    ];
    const local = { id: 'local', name: 'local', availability: 'active' } as const;
    await test.state.store.txn({
      then: [test.state.nodes.put(local), ...tasks.map((task) => test.state.tasks.put(task))],
    });
    for (const task of [tasks[0], tasks[2]]) if (task) test.world.serve(task);
    test.world.blockedSlots.set('shop/web', new Map([[2, WAITS]]));
  });
  after(() => test.close());
  const ask = (
    method: string,
    path: string,
    as: 'admin' | 'viewer' | 'deployer' | 'shopper' = 'admin',
    body?: unknown,
  ) => test.ask(method, `/api/v1/scheduler/${path}`, { as, body });

  it('tell how nodes and tasks stand, and what keeps a slot', async () => {
    const { status, body } = await ask('GET', 'status', 'viewer');
    assert.equal(status, 200);
    assert.deepEqual(
      body.nodes.map(({ name }: { name: string }) => name),
      ['local'],
    );
    assert.deepEqual(body.tasks, { total: 2, serving: 2, pending: 1 });
    assert.deepEqual(body.pending, [{ project: 'shop', service: 'web', slot: 2, reason: WAITS }]);
    assert.deepEqual(body.deployments, []);
    assert.equal((await ask('GET', 'status', 'shopper')).status, 403);
  });

  it('say what is pending of the projects of a token', async () => {
    test.world.blockedSlots.set('other/api', new Map());
    const { body } = await ask('POST', 'assign-pending', 'shopper');
    assert.deepEqual(body.pending, [{ project: 'shop', service: 'web', slot: 2, reason: WAITS }]);
    assert.equal((await ask('POST', 'assign-pending', 'viewer')).status, 403);
  });

  it('tell a deployment, and refuse to stop a task that is wanted', async () => {
    const known = await ask('POST', 'reconcile-deployment/1', 'deployer');
    assert.deepEqual([known.status, known.body.id, known.body.service], [200, 1, 'web']);
    assert.equal((await ask('POST', 'reconcile-deployment/2', 'shopper')).status, 404);
    assert.equal((await ask('POST', 'reconcile-deployment/99')).status, 404);
    const wanted = await ask('POST', 'stop-task/web-1-a', 'deployer');
    assert.equal(wanted.status, 409);
    assert.match(wanted.body.hint, /orca scale web=N/);
    assert.match((await ask('POST', 'stop-task/web-1-old')).body.ok, /has ended/);
    assert.equal((await ask('POST', 'stop-task/api-1-d', 'shopper')).status, 404);
  });

  it('deploy as the other path does', async () => {
    const services = [{ name: 'web', project: 'shop', image: 'acme/web:2', replicas: 2 }];
    const { status, body } = await ask('POST', 'deploy?wait=false', 'deployer', { services });
    assert.equal(status, 202, JSON.stringify(body));
    assert.equal((await ask('POST', 'deploy', 'viewer', { services })).status, 403);
  });
});
