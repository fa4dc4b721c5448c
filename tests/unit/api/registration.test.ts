import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseJoinLine } from '../../../src/core/nodes/join-line.ts';
import { deployed, taskOf, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const ID = 'abcdefghijklmnop';

describe('what agents of other systems call', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
    await deployed(test, web({ port: 8080 }));
    const joined = { at: 1, address: '10.0.0.2', certificates: [] };
    await test.state.store.txn({
      then: [
        test.state.nodes.put({ id: ID, name: 'web2', availability: 'active', joined }),
        test.state.tasks.put(taskOf({ id: 'web-1-a', node: ID })),
      ],
    });
  });
  after(() => test.close());
  const post = (path: string, body: unknown = {}, as: 'admin' | 'deployer' | 'shopAdmin' = 'admin') =>
    test.ask('POST', path, { as, body });

  for (const path of ['/api/v1/nodes/register', '/v1/internal/hosts/register'])
    it(`${path} lets no machine in: it gives the line to join with, or tells the node of that name`, async () => {
      const made = await post(path, { name: 'web3', ttl: '15m' });
      assert.deepEqual([made.status, made.body.registered, made.body.node_id], [201, false, null]);
      assert.ok(parseJoinLine(made.body.line));
      assert.match(made.body.next, /orca join --name web3/);
      assert.equal((await test.ask('GET', '/api/v1/cluster/nodes/web3', { as: 'admin' })).status, 404);
      const known = await post(path, { name: 'web2' });
      assert.deepEqual([known.status, known.body.registered, known.body.node_id], [200, true, ID]);
      assert.equal(known.body.line, null);
      assert.equal((await post(path, { name: 'Web 3' })).status, 422);
    });

  it('a heartbeat makes no node live', async () => {
    const { status, body } = await post('/api/v1/nodes/heartbeat', { node_id: 'web2', cpu: 7 });
    assert.deepEqual([status, body.node_id, body.status, body.counted], [200, ID, 'down', false]);
    const again = await post(`/v1/internal/hosts/${ID}/heartbeat`, { load: 1 });
    assert.deepEqual([again.status, again.body.name, again.body.last_heartbeat], [200, 'web2', null]);
    assert.equal((await post('/v1/internal/hosts/nobody/heartbeat')).status, 404);
    assert.equal((await post('/api/v1/nodes/heartbeat', { node_id: 'nobody' })).status, 404);
    assert.equal((await post('/api/v1/nodes/heartbeat', {})).status, 422);
  });

  it('the port of a task is the one of its revision, whatever is reported', async () => {
    const report = (task_id: string, port: number) => post('/api/v1/nodes/task-published-port', { task_id, port });
    assert.deepEqual((await report('web-1-a', 8080)).body, {
      task_id: 'web-1-a',
      node: 'web2',
      port: 8080,
      matches: true,
    });
    assert.equal((await report('web-1-a', 9000)).body.matches, false);
    assert.equal((await report('web-9-z', 9000)).status, 404);
    assert.equal((await report('web-1-a', 0)).status, 422);
  });

  it('is for admins of the cluster', async () => {
    for (const path of [
      '/api/v1/nodes/register',
      '/v1/internal/hosts/web2/deregister',
      '/v1/internal/hosts/web2/heartbeat',
    ])
      for (const as of ['deployer', 'shopAdmin'] as const) assert.equal((await post(path, {}, as)).status, 403, path);
  });

  it('a host with tasks is deregistered only by force', async () => {
    assert.equal((await post('/v1/internal/hosts/web2/deregister')).status, 409);
    const { status, body } = await post('/v1/internal/hosts/web2/deregister?force=true');
    assert.deepEqual([status, body.removed], [200, ID]);
    assert.equal(await test.state.nodes.get(ID), undefined);
  });
});
