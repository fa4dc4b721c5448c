import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Cluster, openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import type { ClusterNode } from './node.ts';
import { nodesOf } from './places.ts';
import { shop } from './shop.ts';
import { watchTwice } from './twice.ts';

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

const answersOn = (cluster: Cluster, node: string): number =>
  on(cluster, node).filter(cluster.node(node).machine.answers).length;

/** Docker dies, and its containers with it. */
function dieWithTasks({ machine, reachEngine }: ClusterNode): void {
  reachEngine(false);
  for (const name of machine.boxes.keys()) machine.kill(name);
}

/** It has begun anew, and has started what ran before. */
function comeBack({ machine, reachEngine }: ClusterNode): void {
  machine.reboot();
  reachEngine(true);
}

test('tasks that died with the Docker of their node run elsewhere; back again it stops its own, and nothing flaps', async (t) => {
  const cluster = await shopOnB(t);
  const twice = watchTwice(cluster);
  dieWithTasks(cluster.node('b'));
  const begun = cluster.time.now();
  await cluster.until('tasks on c', () => answersOn(cluster, 'c') === 2);
  assert.ok(cluster.time.now() - begun > 10_000);
  await cluster.time.pass(60_000);
  const moved = on(cluster, 'c');
  const harm = cluster.harm().length;
  comeBack(cluster.node('b'));
  await untilConverged(cluster, 'web', 2);
  await cluster.time.pass(60_000);
  assert.deepEqual([on(cluster, 'b'), on(cluster, 'c')], [[], moved]);
  assert.ok(twice() <= 10_000, `a slot served twice for ${twice()} ms`);
  assert.deepEqual(cluster.harm().slice(harm), []);
});

test('tasks that serve on while the Docker of their node does not answer stay; the one that ends there is replaced', async (t) => {
  const cluster = await shopOnB(t);
  const twice = watchTwice(cluster);
  const before = on(cluster, 'b');
  const [dies = '', lives = ''] = before;
  cluster.node('b').reachEngine(false);
  await cluster.time.pass(120_000);
  assert.deepEqual([on(cluster, 'b'), on(cluster, 'c')], [before, []]);
  assert.equal(cluster.node('b').covered('shop/web'), 2);
  cluster.node('b').planes.away();
  await cluster.time.pass(2_000);
  cluster.node('b').planes.back();
  await cluster.time.pass(30_000);
  cluster.master().life.end();
  await cluster.startMaster();
  await cluster.time.pass(60_000);
  assert.deepEqual([on(cluster, 'b'), on(cluster, 'c')], [before, []]);
  const harm = cluster.harm().length;
  cluster.node('b').machine.kill(dies);
  await cluster.until('a task on c', () => answersOn(cluster, 'c') === 1);
  await cluster.time.pass(60_000);
  const moved = on(cluster, 'c');
  assert.equal(moved.length, 1);
  comeBack(cluster.node('b'));
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual([on(cluster, 'b'), on(cluster, 'c')], [[lives], moved]);
  assert.ok(twice() <= 10_000, `a slot served twice for ${twice()} ms`);
  assert.deepEqual(cluster.harm().slice(harm), []);
});

test('a Docker that is started again within 10 s keeps its tasks', async (t) => {
  const cluster = await shopOnB(t);
  const before = on(cluster, 'b');
  dieWithTasks(cluster.node('b'));
  await cluster.time.pass(8_000);
  comeBack(cluster.node('b'));
  await untilConverged(cluster, 'web', 2);
  await cluster.time.pass(30_000);
  assert.deepEqual([on(cluster, 'b'), on(cluster, 'c')], [before, []]);
});

test('a container whose inspection hangs is no Docker that does not answer: nothing is moved', async (t) => {
  const cluster = await shopOnB(t);
  const before = on(cluster, 'b');
  cluster.node('b').faults.stuck.add(before[0] ?? '');
  await cluster.time.pass(60_000);
  assert.deepEqual([on(cluster, 'b'), on(cluster, 'c')], [before, []]);
  assert.deepEqual(cluster.harm(), []);
});

test('tasks on a node whose Docker and data plane are both away run elsewhere', async (t) => {
  const cluster = await shopOnB(t);
  cluster.node('b').reachEngine(false);
  cluster.node('b').planes.reach(false);
  await cluster.until('tasks on c', () => answersOn(cluster, 'c') === 2);
  cluster.node('b').planes.reach(true);
  cluster.node('b').reachEngine(true);
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(on(cluster, 'b'), []);
  assert.deepEqual(cluster.harm(), []);
});

test("tasks that died with the Docker of the master's own machine run on other nodes", async (t) => {
  const cluster = await openCluster(t, { nodes: ['b', 'c'] });
  cluster.placeOn('local');
  await cluster.deploy(shop(1, 2));
  cluster.placeOn('local', 'b');
  await cluster.time.pass(KNOWN);
  dieWithTasks(cluster.node('local'));
  await cluster.until('tasks on b', () => answersOn(cluster, 'b') === 2);
  comeBack(cluster.node('local'));
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual([on(cluster, 'local').length, on(cluster, 'b').length], [0, 2]);
});

test('where the Docker of more than half of the nodes dies at once nothing is moved, and it is told', async (t) => {
  const cluster = await shopOnB(t);
  const before = containersOf(cluster, 'web');
  for (const node of ['b', 'c']) dieWithTasks(cluster.node(node));
  await cluster.time.pass(60_000);
  assert.deepEqual(await nodesOf(cluster, 'web'), ['b', 'b']);
  assert.match(cluster.master().controllers.alarms()[0] ?? '', /^2 of 3 nodes were lost at once \(b, c\)/);
  for (const node of ['b', 'c']) comeBack(cluster.node(node));
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(containersOf(cluster, 'web'), before);
  await cluster.until('no alarm', () => cluster.master().controllers.alarms().length === 0);
});

const PORTLESS = `project: shop
services:
  web: {image: acme/worker:1, replicas: 1, deploy: {monitor: 0s}}
`;

const KEPT: Readonly<Record<string, string>> = {
  'without a port': PORTLESS,
  'with a volume there': `${shop(1, 1)}    volumes: ["data:/data"]\nvolumes: {data: {}}\n`,
  'that is to wait': `${shop(1, 1)}    placement: {when_lost: wait}\n`,
  'that names the node': `${shop(1, 1)}    placement: {node: b}\n`,
};

for (const [which, manifest] of Object.entries(KEPT)) {
  test(`a service ${which} waits for the Docker of its node`, async (t) => {
    const cluster = await shopOnB(t, manifest);
    const before = containersOf(cluster, 'web');
    dieWithTasks(cluster.node('b'));
    await cluster.time.pass(60_000);
    assert.deepEqual(await nodesOf(cluster, 'web'), ['b']);
    comeBack(cluster.node('b'));
    await cluster.time.pass(60_000);
    assert.deepEqual(containersOf(cluster, 'web'), before);
    assert.equal(answersOn(cluster, 'b'), 1);
  });
}
