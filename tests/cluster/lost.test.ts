import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { removeNode } from '../../src/api/nodes/change.ts';
import type { Caller } from '../../src/identity/authenticate.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import { nodesOf } from './places.ts';
import { shop } from './shop.ts';
import { webNow } from './told.ts';
import { watchTwice } from './twice.ts';

const ADMIN: Caller = { id: 'test', name: 'test', role: 'admin' };

/** Long enough for a master to believe that silence means something. */
const KNOWN = 31_000;

async function shopOnB(t: TestContext, manifest = shop(1, 2)): Promise<Cluster> {
  const cluster = await openCluster(t, { nodes: ['b', 'c'] });
  cluster.placeOn('b');
  await cluster.deploy(manifest);
  cluster.placeOn('b', 'c');
  await cluster.time.pass(KNOWN);
  return cluster;
}

const on = (cluster: Cluster, node: string): readonly string[] => [...cluster.node(node).machine.boxes.keys()].sort();

test('the tasks of a node that is cut off run elsewhere within 15 s; back again it stops its own first thing, and nothing flaps', async (t) => {
  const cluster = await shopOnB(t);
  const twice = watchTwice(cluster);
  cluster.node('b').cut(true);
  const begun = cluster.time.now();
  const { machine } = cluster.node('c');
  const serve = () => on(cluster, 'c').length === 2 && on(cluster, 'c').every(machine.answers);
  await cluster.until('tasks on c', serve, 15_000);
  assert.ok(cluster.time.now() - begun > 10_000);
  await cluster.time.pass(120_000);
  const moved = on(cluster, 'c');
  assert.equal(on(cluster, 'b').length, 2, 'what nobody reaches runs on');
  cluster.node('b').cut(false);
  await untilConverged(cluster, 'web', 2);
  await cluster.time.pass(60_000);
  assert.deepEqual([on(cluster, 'b'), on(cluster, 'c')], [[], moved]);
  assert.ok(twice() <= 10_000, `a slot served twice for ${twice()} ms`);
  assert.deepEqual(cluster.harm(), []);
});

test('a node that is silent for a moment keeps its tasks', async (t) => {
  const cluster = await shopOnB(t);
  const before = on(cluster, 'b');
  for (const blip of [3_000, 6_500, 9_000]) {
    cluster.node('b').cut(true);
    await cluster.time.pass(blip);
    cluster.node('b').cut(false);
    await cluster.time.pass(20_000);
    assert.deepEqual([on(cluster, 'b'), on(cluster, 'c')], [before, []], `after ${blip} ms`);
  }
  assert.deepEqual(cluster.harm(), []);
});

test('for 30 s a master that has just started takes no node for lost, and then it does', async (t) => {
  const cluster = await shopOnB(t);
  cluster.node('b').cut(true);
  cluster.master().life.end();
  await cluster.startMaster();
  const begun = cluster.time.now();
  await cluster.time.pass(29_000);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['b', 'b']);
  await cluster.until('tasks on c', () => on(cluster, 'c').length === 2);
  assert.ok(cluster.time.now() - begun >= 30_000);
});

test('of more than half of the nodes lost at once nothing is moved, and it is told; once only one is missing it is', async (t) => {
  const cluster = await shopOnB(t);
  cluster.node('b').cut(true);
  await cluster.time.pass(4_000);
  cluster.node('c').cut(true);
  await cluster.time.pass(60_000);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['b', 'b']);
  const [alarm = ''] = cluster.master().controllers.alarms();
  assert.match(alarm, /^2 of 3 nodes were lost at once \(b, c\): nothing is moved/);
  cluster.node('c').cut(false);
  await cluster.until('tasks on c', () => on(cluster, 'c').length === 2);
  assert.deepEqual(cluster.master().controllers.alarms(), []);
  assert.deepEqual(cluster.harm(), []);
});

const KEPT: Readonly<Record<string, readonly [keys: string, why: string]>> = {
  'with a volume there': [
    '    volumes: ["data:/data"]\nvolumes: {data: {}}\n',
    'the data of its volume shop_data are on b',
  ],
  'that is to wait': ['    placement: {when_lost: wait}\n', '`placement.when_lost` is wait'],
  'that names the node': ['    placement: {node: b}\n', '`placement.node` is b'],
};

for (const [which, [keys, why]] of Object.entries(KEPT)) {
  test(`a service ${which} waits for its lost node, says so, and serves on when that is back`, async (t) => {
    const cluster = await shopOnB(t, `${shop(1, 1)}${keys}`);
    const before = containersOf(cluster, 'web');
    cluster.node('b').cut(true);
    await cluster.time.pass(60_000);
    assert.deepEqual(await nodesOf(cluster, 'web'), ['b']);
    const said = `web.1 waits: b is down: ${why}`;
    const told = await webNow(cluster);
    for (const reason of [told?.reason, told?.tasks[0]?.reason]) assert.ok(reason?.endsWith(`; ${said}`), reason);
    cluster.node('b').cut(false);
    await untilConverged(cluster, 'web', 1);
    assert.deepEqual(containersOf(cluster, 'web'), before);
    await cluster.until(
      'nothing to be said of it',
      async () => !(await webNow(cluster))?.tasks[0]?.reason.includes('waits'),
    );
    assert.deepEqual(cluster.harm(), []);
  });
}

test('with no other node to run on a task waits, and is found again', async (t) => {
  const cluster = await shopOnB(t);
  cluster.placeOn('b');
  const before = containersOf(cluster, 'web');
  cluster.node('b').cut(true);
  await cluster.time.pass(60_000);
  assert.match((await webNow(cluster))?.reason ?? '', /; web\.1 stays, though b is down: no other node takes it: /);
  cluster.node('b').cut(false);
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(containersOf(cluster, 'web'), before);
  assert.deepEqual(cluster.harm(), []);
});

test('a rollout goes on without a node that is lost in its middle', async (t) => {
  const cluster = await shopOnB(t, shop(1, 3));
  const wish = cluster.wish();
  const end = wish.deploy(shop(2, 3)).then(wish.ends);
  await cluster.time.pass(700);
  cluster.node('b').cut(true);
  const { services } = await cluster.drive('the end', end);
  assert.equal(services[0]?.state, 'succeeded', services[0]?.reason ?? '');
  cluster.node('b').cut(false);
  await untilConverged(cluster, 'web', 3);
  assert.deepEqual(cluster.harm(), []);
});

test('a rollout beside a task that waits for its lost node does not fail for want of its word, and ends once that is back', async (t) => {
  const waits = (version: number) => `${shop(version, 1)}    placement: {when_lost: wait}\n`;
  const cluster = await shopOnB(t, waits(1));
  cluster.node('b').cut(true);
  await cluster.time.pass(20_000);
  const wish = cluster.wish();
  const deployed = await cluster.drive('the wish', wish.deploy(waits(2)));
  await cluster.until('the new task on c', () => on(cluster, 'c').length === 1);
  await cluster.time.pass(300_000);
  assert.equal(on(cluster, 'c').length, 1);
  cluster.node('b').cut(false);
  const { services } = await cluster.drive('the end', wish.ends(deployed));
  assert.equal(services[0]?.state, 'succeeded', services[0]?.reason ?? '');
  await untilConverged(cluster, 'web', 1);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['c']);
  assert.deepEqual(cluster.harm(), []);
});

test('a service that is removed while its node is lost is gone once that is back', async (t) => {
  const cluster = await shopOnB(t);
  cluster.node('b').cut(true);
  await cluster.time.pass(20_000);
  await cluster.drive('the wish', cluster.wish().remove('web'));
  await cluster.until('no task on c', () => on(cluster, 'c').length === 0);
  cluster.node('b').cut(false);
  await cluster.until('no container', () => containersOf(cluster, 'web').length === 0);
});

test('the tasks of a node that is removed while it runs them are started elsewhere, and nothing waits for it', async (t) => {
  const cluster = await shopOnB(t);
  const { engines, state } = cluster.master();
  await cluster.drive('the removal', removeNode({ state, clock: cluster.master().clock }, 'b', true, ADMIN));
  engines.remove('b');
  cluster.placeOn('c');
  await cluster.until('tasks on c', () => on(cluster, 'c').length === 2);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['c', 'c']);
  assert.equal(on(cluster, 'b').length, 2, 'what ran there runs on without orca');
  await cluster.drive('the wish', cluster.wish().remove('web'));
  await cluster.until('its end', async () => (await state.services.get('shop', 'web')) === undefined);
});

test('a task whose image its new node cannot pull is started where that is to be had', async (t) => {
  const cluster = await shopOnB(t, shop(1, 3));
  cluster.placeOn('local', 'b', 'c');
  cluster.node('c').faults.pull = 'fails';
  cluster.node('b').cut(true);
  await cluster.until('tasks on local', () => on(cluster, 'local').length === 3);
  assert.deepEqual(on(cluster, 'c'), []);
  cluster.node('c').faults.pull = 300;
  cluster.node('b').cut(false);
  await untilConverged(cluster, 'web', 3);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['local', 'local', 'local']);
  assert.deepEqual(cluster.harm(), []);
});
