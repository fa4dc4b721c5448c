import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { removeNode } from '../../src/api/nodes/change.ts';
import type { DeployResult } from '../../src/contract/deploy.ts';
import type { Caller } from '../../src/identity/authenticate.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import { shop } from './shop.ts';

const ADMIN: Caller = { id: 'test', name: 'test', role: 'admin' };
const DEADLINE = 60_000;
/** Long enough for a master to believe that silence means something. */
const KNOWN = 31_000;
const migrating = (version: number) => `${shop(version, 2, ', deadline: 60s')}    release: [migrate]\n`;

interface Migrating {
  readonly cluster: Cluster;
  /** Of the service on `c`, which serves. */
  readonly before: readonly string[];
  readonly end: Promise<DeployResult>;
}

/** `web` runs on `c`, and the release command of its next version on `b`, where it does not end by itself. */
async function migratingOnB(t: TestContext): Promise<Migrating> {
  const cluster = await openCluster(t, { nodes: ['b', 'c'] });
  cluster.placeOn('c');
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  await cluster.time.pass(KNOWN);
  const before = containersOf(cluster, 'web');
  cluster.placeOn('b');
  const wish = cluster.wish();
  const end = wish.deploy(migrating(2)).then(wish.ends);
  await cluster.until('the release command to run', () => onB(cluster).some(cluster.node('b').machine.answers));
  cluster.placeOn('b', 'c');
  return { cluster, before, end };
}

const onB = (cluster: Cluster): readonly string[] => [...cluster.node('b').machine.boxes.keys()];

test('a release command whose node is lost has its deadline; then its deployment fails, and the next one waits until it is stopped', async (t) => {
  const { cluster, before, end } = await migratingOnB(t);
  const begun = cluster.time.now();
  cluster.node('b').cut(true);
  const { services } = await cluster.drive('the end', end);
  assert.match(services[0]?.reason ?? '', /^the release command failed: it is not known how it ended/);
  assert.equal(services[0]?.release?.state, 'unknown');
  assert.ok(cluster.time.now() - begun < 2 * DEADLINE);
  assert.deepEqual(
    containersOf(cluster, 'web').filter((name) => !onB(cluster).includes(name)),
    before,
  );
  cluster.placeOn('c');
  const on = () => [...cluster.node('c').machine.boxes.keys()].filter((name) => !before.includes(name));
  const wish = cluster.wish();
  const next = wish.deploy(migrating(3)).then(wish.ends);
  await cluster.time.pass(30_000);
  assert.deepEqual(on(), [], 'two release commands at once');
  cluster.node('b').cut(false);
  await cluster.until('that of the next one to run', () => on().some(cluster.node('c').machine.answers));
  assert.ok(!onB(cluster).some(cluster.node('b').machine.answers));
  cluster.node('c').machine.finish(on()[0] ?? '');
  assert.equal((await cluster.drive('the end', next)).services[0]?.state, 'succeeded');
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(cluster.harm(), []);
});

test('a release command whose node is back before its deadline goes on, and nobody has run it twice', async (t) => {
  const { cluster, end } = await migratingOnB(t);
  const there = onB(cluster);
  cluster.node('b').cut(true);
  await cluster.time.pass(20_000);
  cluster.node('b').cut(false);
  await cluster.time.pass(5_000);
  assert.deepEqual(onB(cluster), there);
  cluster.node('b').machine.finish(there[0] ?? '');
  const { services } = await cluster.drive('the end', end);
  assert.equal(services[0]?.state, 'succeeded', services[0]?.reason ?? '');
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(cluster.harm(), []);
});

test('a release command whose node is removed has failed', async (t) => {
  const { cluster, end } = await migratingOnB(t);
  const { engines, state, clock } = cluster.master();
  await cluster.drive('the removal', removeNode({ state, clock }, 'b', true, ADMIN));
  engines.remove('b');
  cluster.placeOn('c');
  const { services } = await cluster.drive('the end', end, DEADLINE / 2);
  assert.match(services[0]?.reason ?? '', /its node was removed from the cluster/);
  assert.deepEqual(cluster.harm(), []);
});
