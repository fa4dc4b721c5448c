import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runShop } from '../../lab/shop/example.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: [] });
const HOST = 'shop.localhost';

const get = async (path: string): Promise<string> => {
  const { status, body } = await lab.orca.ask(HOST, path);
  assert.equal(status, 200, body);
  return body;
};

const count = async (): Promise<unknown> => JSON.parse(await get('/orders'));

test('the shop: run.sh makes it; it takes orders, ships and keeps them, and uploads, over a new version', async () => {
  assert.match(await runShop(lab.orca, 1), /^web +succeeded +1 +2\/2 +http:\/\/shop\.localhost\/$/m);
  assert.equal(await get('/'), 'welcome to the shop, version 1\n');

  const { status, body } = await lab.orca.ask(HOST, '/orders', { method: 'POST', body: '{"item": "tea"}' });
  assert.equal(status, 201, body);
  const { id } = JSON.parse(body) as { id: string };
  await until('the order to be shipped', async () => JSON.parse(await get(`/orders/${id}`)).shipped, 30_000);
  assert.deepEqual(await count(), { ordered: 1, shipped: 1 });

  const upload = 'u'.repeat(200_000);
  assert.equal((await lab.orca.ask(HOST, '/uploads/large.txt', { method: 'PUT', body: upload })).status, 201);

  assert.ok((await get('/downloads/large.txt')) === upload, 'by nginx');

  const again = await runShop(lab.orca, 2);
  assert.match(again, /^db +unchanged +1 +1\/1$/m);
  assert.match(again, /^downloads +unchanged +1 +1\/1 /m);
  assert.match(again, /^web +succeeded +2 +2\/2 /m);
  assert.equal(await get('/'), 'welcome to the shop, version 2\n');
  assert.deepEqual(await count(), { ordered: 1, shipped: 1 });
  assert.deepEqual(JSON.parse(await get(`/orders/${id}`)), { id, item: 'tea', shipped: true });
  assert.ok((await get('/uploads/large.txt')) === upload, 'the upload is as it was');

  const psql = ['exec', 'db', '-p', 'shop', '--', 'psql', 'shop', '-Atc'];
  const { stdout } = await lab.orca.orca(...psql, 'SELECT name FROM migrations ORDER BY name');
  assert.equal(stdout, '1-orders.sql\n2-shipments.sql\n');
  assert.equal((await lab.orca.orca(...psql, 'SELECT version FROM releases ORDER BY began_at')).stdout, '1\n2\n');
});
