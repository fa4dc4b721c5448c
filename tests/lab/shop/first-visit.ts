import assert from 'node:assert/strict';
import type { LabCluster } from '../cluster.ts';
import { until } from '../until.ts';
import { runShop } from './example.ts';

/**
 * The example as its README has it: run.sh makes the shop, which takes orders, ships and keeps them, and uploads, over a new
 * version by run.sh. For a cluster that has no shop yet.
 */
export async function visitShop(orca: LabCluster, host: string): Promise<void> {
  const get = async (path: string): Promise<string> => {
    const { status, body } = await orca.ask(host, path);
    assert.equal(status, 200, body);
    return body;
  };
  const count = async (): Promise<unknown> => JSON.parse(await get('/orders'));

  assert.match(await runShop(orca, 1), /^web +succeeded +1 +2\/2 +http:\/\/shop\.localhost\/$/m);
  assert.equal(await get('/'), 'welcome to the shop, version 1\n');
  const { status, body } = await orca.ask(host, '/orders', { method: 'POST', body: '{"item": "tea"}' });
  assert.equal(status, 201, body);
  const { id } = JSON.parse(body) as { id: string };
  await until('the order to be shipped', async () => JSON.parse(await get(`/orders/${id}`)).shipped);
  assert.deepEqual(await count(), { ordered: 1, shipped: 1 });
  const upload = 'u'.repeat(200_000);
  assert.equal((await orca.ask(host, '/uploads/large.txt', { method: 'PUT', body: upload })).status, 201);
  assert.ok((await get('/downloads/large.txt')) === upload, 'by nginx');

  const again = await runShop(orca, 2);
  assert.match(again, /^db +unchanged +1 +1\/1$/m);
  assert.match(again, /^downloads +unchanged +1 +1\/1 /m);
  assert.match(again, /^web +succeeded +2 +2\/2 /m);
  assert.equal(await get('/'), 'welcome to the shop, version 2\n');
  assert.deepEqual(await count(), { ordered: 1, shipped: 1 });
  assert.deepEqual(JSON.parse(await get(`/orders/${id}`)), { id, item: 'tea', shipped: true });
  assert.ok((await get('/uploads/large.txt')) === upload, 'the upload is as it was');

  const psql = ['exec', 'db', '-p', 'shop', '--', 'psql', 'shop', '-Atc'];
  const { stdout } = await orca.orca(...psql, 'SELECT name FROM migrations ORDER BY name');
  assert.equal(stdout, '1-orders.sql\n2-shipments.sql\n');
  assert.equal((await orca.orca(...psql, 'SELECT version FROM releases ORDER BY began_at')).stdout, '1\n2\n');
}
