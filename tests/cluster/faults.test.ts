import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import { shop, still } from './shop.ts';

test('an image that cannot be pulled: the deployment fails and says so, and the old version serves on', async (t) => {
  const cluster = await openCluster(t);
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  const before = containersOf(cluster, 'web');
  cluster.faults.pull = 'fails';
  const { services } = await cluster.deploy(shop(2, 2));
  assert.match(services[0]?.reason ?? '', /no registry has the image/);
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(containersOf(cluster, 'web'), before);
  assert.deepEqual(cluster.harm(), []);
});

test('a machine whose clock is set by an hour in a rollout, forth and back: nothing is over sooner or later', async (t) => {
  const took: number[] = [];
  for (const jumps of [[], [3_600_000, -7_200_000]]) {
    const cluster = await openCluster(t);
    await cluster.deploy(shop(1, 2));
    cluster.expect('shop/web', 2);
    const begun = cluster.time.now();
    const wish = cluster.wish();
    const end = wish.deploy(shop(2, 2)).then(wish.ends);
    for (const jump of jumps) {
      await cluster.time.pass(400);
      cluster.setClock(jump);
    }
    const { services } = await cluster.drive('the end', end);
    assert.equal(services[0]?.state, 'succeeded');
    assert.deepEqual(cluster.harm(), []);
    took.push(cluster.time.now() - begun);
    await cluster.close();
  }
  const [plain = 0, jumped = 0] = took;
  assert.ok(jumped > plain / 2 && jumped < plain * 2, `${jumped} ms, without a jump ${plain} ms`);
});

test('a container whose inspection hangs is left alone, and another service is deployed meanwhile', async (t) => {
  const cluster = await openCluster(t);
  await cluster.deploy(shop(1, 1));
  const [stuck = ''] = containersOf(cluster, 'web');
  cluster.faults.stuck.add(stuck);
  await cluster.time.pass(15_000);
  assert.equal((await cluster.deploy(still)).status, 200);
  assert.ok(cluster.machine.answers(stuck));
  assert.deepEqual(cluster.harm(), []);
  cluster.faults.stuck.clear();
  await untilConverged(cluster, 'web', 1);
});

test('without a data plane nothing that it may still route to is stopped; with one again the rollout goes on', async (t) => {
  const cluster = await openCluster(t);
  await cluster.deploy(shop(1, 2));
  const before = containersOf(cluster, 'web');
  cluster.planes.away();
  const wish = cluster.wish();
  const end = wish.deploy(shop(2, 2)).then(wish.ends);
  await cluster.time.pass(45_000);
  assert.ok(before.every((name) => cluster.machine.answers(name)));
  cluster.planes.back();
  const { services } = await cluster.drive('the end', end);
  assert.equal(services[0]?.state, 'succeeded');
  await untilConverged(cluster, 'web', 2);
});

test('an engine that is away for a minute in a rollout: nobody is cut, and it goes on', async (t) => {
  const cluster = await openCluster(t);
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  const wish = cluster.wish();
  const end = wish.deploy(shop(2, 2)).then(wish.ends);
  await cluster.time.pass(450);
  cluster.reachEngine(false);
  await cluster.time.pass(60_000);
  cluster.reachEngine(true);
  const { services } = await cluster.drive('the end', end);
  assert.equal(services[0]?.state, 'succeeded');
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(cluster.harm(), []);
});
