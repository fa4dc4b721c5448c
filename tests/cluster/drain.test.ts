import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Cluster, openCluster } from './cluster.ts';
import { untilConverged } from './converged.ts';
import { availabilityOf, nodesOf } from './places.ts';
import { shop } from './shop.ts';

/** `web` runs on `b`, and may run on `c` from now on. */
async function shopOnB(t: TestContext, manifest = shop(1, 3)): Promise<Cluster> {
  const cluster = await openCluster(t, { nodes: ['b', 'c'] });
  cluster.placeOn('b');
  await cluster.deploy(manifest);
  cluster.placeOn('b', 'c');
  return cluster;
}

const drainOf = (cluster: Cluster, node: string) =>
  cluster.drive('the wish', cluster.wish().availability(node, 'drain'));

test('a node that is drained gives its tasks away start-first, and is drained once none is left', async (t) => {
  const cluster = await shopOnB(t);
  cluster.expect('shop/web', 3);
  await drainOf(cluster, 'b');
  await cluster.until('the end of the drain', async () => (await availabilityOf(cluster, 'b')) === 'drained');
  await untilConverged(cluster, 'web', 3);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['c', 'c', 'c']);
  assert.equal(cluster.node('b').machine.boxes.size, 0);
  assert.deepEqual(cluster.harm(), []);
});

test('no more move at once than the service may replace at once', async (t) => {
  const cluster = await shopOnB(t);
  let most = 0;
  cluster.time.onRest(() => {
    const { boxes } = cluster.node('c').machine;
    const starting = [...boxes.keys()].filter((name) => !cluster.node('c').machine.answers(name)).length;
    most = Math.max(most, starting);
  });
  await drainOf(cluster, 'b');
  await cluster.until('the end of the drain', async () => (await availabilityOf(cluster, 'b')) === 'drained');
  assert.equal(most, 2);
});

test('what no other node takes serves on, and goes once one takes it', async (t) => {
  const cluster = await shopOnB(t);
  cluster.expect('shop/web', 3);
  cluster.placeOn('b');
  await drainOf(cluster, 'b');
  await cluster.time.pass(60_000);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['b', 'b', 'b']);
  assert.equal(await availabilityOf(cluster, 'b'), 'draining');
  cluster.placeOn('b', 'c');
  await cluster.until('the end of the drain', async () => (await availabilityOf(cluster, 'b')) === 'drained');
  assert.deepEqual(await nodesOf(cluster, 'web'), ['c', 'c', 'c']);
  assert.deepEqual(cluster.harm(), []);
});

test('a drain that is called off leaves each slot with one task, wherever that is', async (t) => {
  const cluster = await shopOnB(t);
  cluster.expect('shop/web', 3);
  for (let step = 0; step < 5; step += 1) {
    await drainOf(cluster, 'b');
    await cluster.time.pass(step * 350);
    await cluster.drive('the wish', cluster.wish().availability('b', 'undrain'));
    await untilConverged(cluster, 'web', 3);
    cluster.placeOn('b');
    await drainOf(cluster, 'c');
    await cluster.until('the way back', async () => (await availabilityOf(cluster, 'c')) === 'drained');
    await cluster.drive('the wish', cluster.wish().availability('c', 'undrain'));
    cluster.placeOn('b', 'c');
  }
  assert.deepEqual(cluster.harm(), []);
});

test('a rollout in the middle of a drain brings the new version to the other nodes', async (t) => {
  const cluster = await shopOnB(t);
  cluster.expect('shop/web', 3);
  await drainOf(cluster, 'b');
  await cluster.time.pass(700);
  const { services } = await cluster.deploy(shop(2, 3));
  assert.equal(services[0]?.state, 'succeeded');
  await cluster.until('the end of the drain', async () => (await availabilityOf(cluster, 'b')) === 'drained');
  await untilConverged(cluster, 'web', 3);
  assert.deepEqual(cluster.harm(), []);
});

test('tasks move start-first to where a changed placement has them, and the deployment is that move', async (t) => {
  const cluster = await shopOnB(t);
  cluster.expect('shop/web', 3);
  const before = await nodesOf(cluster, 'web');
  const { services } = await cluster.deploy(`${shop(1, 3)}    placement: {node: c}\n`);
  assert.equal(services[0]?.state, 'succeeded');
  await untilConverged(cluster, 'web', 3);
  assert.deepEqual(
    [before, await nodesOf(cluster, 'web')],
    [
      ['b', 'b', 'b'],
      ['c', 'c', 'c'],
    ],
  );
  assert.deepEqual(cluster.harm(), []);
});

test('what has its data on a node stays there through a drain', async (t) => {
  const cluster = await shopOnB(t, `${shop(1, 1)}    volumes: ["data:/data"]\nvolumes: {data: {}}\n`);
  cluster.expect('shop/web', 1);
  await drainOf(cluster, 'b');
  await cluster.time.pass(60_000);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['b']);
  assert.equal(await availabilityOf(cluster, 'b'), 'draining');
  assert.deepEqual(cluster.harm(), []);
});

test('two tasks of a host port are never on one node: on another one the successor starts first', async (t) => {
  const cluster = await shopOnB(t, `${shop(1, 1)}    ports: ["9000:9000"]\n`);
  cluster.expect('shop/web', 1);
  await drainOf(cluster, 'b');
  await cluster.until('the end of the drain', async () => (await availabilityOf(cluster, 'b')) === 'drained');
  await untilConverged(cluster, 'web', 1);
  assert.deepEqual(cluster.harm(), []);
});

test('a node in maintenance keeps what it has, and gets nothing new', async (t) => {
  const cluster = await shopOnB(t, shop(1, 1));
  await cluster.drive('the wish', cluster.wish().availability('b', 'maintenance'));
  await cluster.drive('a scale', cluster.wish().scale('web', 3));
  await untilConverged(cluster, 'web', 3);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['b', 'c', 'c']);
  await assert.rejects(cluster.drive('the wish', cluster.wish().availability('b', 'undrain')), /in maintenance/);
  await cluster.drive('the wish', cluster.wish().availability('b', 'activate'));
  assert.equal(await availabilityOf(cluster, 'b'), 'active');
});
