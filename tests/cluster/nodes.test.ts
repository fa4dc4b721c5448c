import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import { shop, still } from './shop.ts';
import { webNow } from './told.ts';

test('tasks run on the node that their records name, and each data plane has those of its own', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('b');
  await cluster.deploy(shop(1, 2));
  await untilConverged(cluster, 'web', 2);
  const { state } = cluster.master();
  const tasks = (await state.tasks.list('shop', 'web')).map(({ value }) => value);
  assert.deepEqual(
    tasks.map(({ node }) => node),
    ['b', 'b'],
  );
  const on = (id: string) => [...cluster.node(id).machine.boxes.keys()].sort();
  assert.deepEqual([on('local'), on('b')], [[], tasks.map(({ id }) => id).sort()]);
  const targets = (id: string) => cluster.node(id).planes.now()?.newest()?.targets.length;
  assert.deepEqual([targets('local'), targets('b')], [0, 2]);
  assert.deepEqual(cluster.harm(), []);
});

test('two nodes may have the same addresses: they are given by node', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('b');
  await cluster.deploy(shop(1, 2));
  cluster.placeOn('local');
  await cluster.deploy(still);
  const { state } = cluster.master();
  const tasks = (await state.tasks.list()).map(({ value }) => value);
  const on = (id: string) => tasks.filter(({ node }) => node === id).map(({ address }) => address);
  assert.ok(
    on('local').every((address) => on('b').includes(address)),
    `${on('local')} and ${on('b')}`,
  );
  assert.equal(new Set(on('b')).size, on('b').length);
});

test('an engine that answers nobody stops no table, and no service of another node', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('b');
  await cluster.deploy(shop(1, 2));
  const there = containersOf(cluster, 'web');
  cluster.node('b').reachEngine(false);
  cluster.placeOn('local');
  const { status } = await cluster.deploy(still);
  assert.equal(status, 200);
  assert.ok(cluster.node('local').planes.now()?.newest()?.targets.length, 'it is in the table');
  const { world } = cluster.master().controllers;
  assert.deepEqual([world.engineDown('local'), world.containers('b')], [undefined, undefined]);
  const report = await webNow(cluster);
  const why = /; web\.1: its node b cannot be read \(see `orca node inspect b`\): ./;
  assert.deepEqual([report?.word, why.test(report?.reason ?? '')], ['unknown', true], report?.reason);
  assert.match(report?.tasks[0]?.reason ?? '', /^its node b cannot be read \(/);
  await cluster.time.pass(60_000);
  assert.deepEqual(containersOf(cluster, 'web'), there);
  cluster.node('b').reachEngine(true);
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(containersOf(cluster, 'web'), there, 'what runs is known again, and stays');
  assert.deepEqual(cluster.harm(), []);
});

test('a master that begins while one node cannot be read leaves what is routed there as it is', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('b');
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  cluster.node('b').reachEngine(false);
  cluster.master().life.end();
  await cluster.startMaster();
  cluster.placeOn('local');
  await cluster.deploy(still);
  await cluster.time.pass(30_000);
  assert.equal(cluster.node('b').planes.now()?.newest()?.targets.length, 2);
  cluster.node('b').reachEngine(true);
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(cluster.harm(), []);
});

test('a data plane that is away delays nothing on another node, and has the newest table before it serves again', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('local');
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  cluster.node('b').planes.away();
  const { services } = await cluster.deploy(shop(2, 2));
  assert.equal(services[0]?.state, 'succeeded');
  const newest = cluster.node('local').planes.now()?.newest()?.id;
  cluster.node('b').planes.back();
  await cluster.until(
    'the table on b',
    () => cluster.node('b').planes.now()?.newest()?.id.revision === newest?.revision,
  );
  assert.deepEqual(cluster.harm(), []);
});

test('a data plane that is slow to acknowledge holds up every rollout: it may still send to what goes', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('local');
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  cluster.node('b').faults.acknowledgement = 2_000;
  const begun = cluster.time.now();
  await cluster.deploy(shop(2, 2));
  assert.ok(cluster.time.now() - begun > 4_000, 'each table was waited for');
  assert.deepEqual(cluster.harm(), []);
});

test('a data plane that comes in the middle of a rollout, and is slow, fails nothing, and all that serves is told so', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('local');
  const b = cluster.node('b');
  b.planes.away();
  await cluster.deploy(shop(1, 4));
  cluster.expect('shop/web', 4);
  const wish = cluster.wish();
  const ended = wish.deploy(shop(2, 4)).then(wish.ends);
  const { world } = cluster.master().controllers;
  await cluster.until('half of it', async () => {
    const tasks = (await cluster.master().state.tasks.list('shop', 'web')).map(({ value }) => value);
    return tasks.filter(({ revision, routed }) => revision === 2 && routed).length >= 2;
  });
  b.faults.acknowledgement = 10_000;
  b.planes.back();
  await cluster.until('b', () => world.dataPlane('b')?.connected === true);
  const told: (number | undefined)[] = [];
  let isOver = false;
  void ended.finally(() => (isOver = true));
  while (!isOver && told.length < 1_000) {
    told.push((await webNow(cluster))?.running);
    await cluster.time.pass(250);
  }
  assert.ok(told.length * 250 > b.faults.acknowledgement, 'it was waited for');
  assert.deepEqual([...new Set(told)], [4]);
  const { services } = await cluster.drive('the end', ended);
  assert.equal(services[0]?.state, 'succeeded');
  assert.deepEqual(cluster.harm(), []);
});

test('an engine that takes 10 s for each call delays no other node', async (t) => {
  const took: number[] = [];
  for (const call of [30, 10_000]) {
    const cluster = await openCluster(t, { nodes: ['b'] });
    cluster.node('b').faults.call = call;
    cluster.placeOn('b');
    const wish = cluster.wish();
    wish.deploy(shop(1, 2)).catch(() => {});
    await cluster.time.pass(1_000);
    cluster.placeOn('local');
    const begun = cluster.time.now();
    assert.equal((await cluster.deploy(still)).status, 200);
    took.push(cluster.time.now() - begun);
    await cluster.close();
  }
  const [quick = 0, slow = 0] = took;
  assert.ok(slow < quick * 2, `${slow} ms beside a slow engine, ${quick} ms beside a quick one`);
});

test('a service whose own data plane is away for long is stopped all the same, though others are there', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('b');
  await cluster.deploy(shop(1, 1));
  cluster.node('b').planes.away();
  await cluster.time.pass(1_000);
  await cluster.drive('the wish', cluster.wish().remove('web'));
  await cluster.time.pass(30_000);
  assert.equal(containersOf(cluster, 'web').length, 1, 'it may serve on, unseen');
  await cluster.until('its end', () => containersOf(cluster, 'web').length === 0, 120_000);
});

test('a node that is taken out while the master runs leaves nothing undone elsewhere, and is known again when it is back', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  cluster.placeOn('b');
  await cluster.deploy(shop(1, 2));
  const there = containersOf(cluster, 'web');
  const { engines, life, controllers } = cluster.master();
  engines.remove('b');
  cluster.placeOn('local', 'b');
  assert.equal((await cluster.deploy(still)).status, 200);
  assert.deepEqual(controllers.world.nodes(), ['local']);
  await cluster.time.pass(60_000);
  assert.deepEqual(containersOf(cluster, 'web'), there, 'what cannot be seen is not gone');
  assert.equal(cluster.node('b').planes.now()?.newest()?.targets.length, 2, 'and stays routed');
  engines.add('b', cluster.node('b').engineFor(life));
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(containersOf(cluster, 'web'), there);
  assert.deepEqual(cluster.harm(), []);
});

test('services that are placed at one moment are not given the same room', async (t) => {
  const cluster = await openCluster(t, { nodes: ['b'] });
  const { world } = cluster.master().controllers;
  const takesTasks = (id: string) => world.candidate(id)?.status === 'ready';
  await cluster.until('both to take tasks', () => takesTasks('local') && takesTasks('b'));
  const large = (name: string) =>
    `  ${name}: {image: "acme/${name}:1", reserve: {memory: 2500Mi}, deploy: {monitor: 0s}}`;
  const { status, services } = await cluster.deploy(`project: shop\nservices:\n${large('one')}\n${large('two')}\n`);
  assert.equal(status, 200, JSON.stringify(services));
  const tasks = (await cluster.master().state.tasks.list()).map(({ value }) => value);
  assert.deepEqual(tasks.map(({ node }) => node).sort(), ['b', 'local']);
});
