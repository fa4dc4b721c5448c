import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { planeTime } from '../../src/core/clock.ts';
import { LABEL } from '../../src/core/model/container.ts';
import type { FromDataPlane, TargetHealth } from '../../src/core/route/protocol.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import { nodesOf } from './places.ts';
import { shop, still } from './shop.ts';

/** `b` is somebody else's; `web` runs on `c`. What `b` says is believed of its own tasks alone. */
async function beside(t: TestContext): Promise<Cluster> {
  const cluster = await openCluster(t, { nodes: ['b', 'c'], behaviours: { 'acme/web:2': 'never-ready' } });
  cluster.placeOn('c');
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  return cluster;
}

/** `b` tells of each container of `c`, and tells it so again with each new one. */
function lieOf(cluster: Cluster, tell: (said: FromDataPlane, tasks: readonly TargetHealth[]) => FromDataPlane): void {
  const tasks = () =>
    [...cluster.node('c').machine.boxes.values()].map(({ view }) => ({
      task: view.name,
      container: view.id,
      startedAt: view.startedAt ?? cluster.node('c').machine.began().at,
      since: planeTime(0),
      passes: 9,
      misses: 0,
      ready: true,
      wasReady: true,
    }));
  cluster.node('b').faults.lie = (said) => tell(said, tasks());
  cluster.node('b').planes.away();
  cluster.node('b').planes.back();
}

test('a data plane that calls tasks of other nodes ready makes none of them ready', async (t) => {
  const cluster = await beside(t);
  const before = containersOf(cluster, 'web');
  lieOf(cluster, (said, targets) => (said.type === 'health' ? { ...said, targets } : said));
  const wish = cluster.wish();
  const ended = wish.deploy(shop(2, 2)).then(wish.ends);
  const { services } = await cluster.drive('the end of a deployment', ended, 1_800_000);
  assert.equal(services[0]?.state, 'rolled-back');
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(containersOf(cluster, 'web'), before);
  assert.deepEqual(cluster.harm(), []);
});

test('a data plane that calls tasks of other nodes dead takes none of them out', async (t) => {
  const cluster = await beside(t);
  const before = containersOf(cluster, 'web');
  const dead = { ready: false, passes: 0, misses: 99, error: 'connection refused' };
  lieOf(cluster, (said, tasks) =>
    said.type === 'health' ? { ...said, targets: tasks.map((task) => ({ ...task, ...dead })) } : said,
  );
  await cluster.time.pass(60_000);
  assert.deepEqual(containersOf(cluster, 'web'), before);
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(cluster.harm(), []);
});

test('a data plane that has requests of tasks of other nodes in flight for ever delays none of their ends', async (t) => {
  const took: number[] = [];
  for (const lies of [false, true]) {
    const cluster = await beside(t);
    const busy = { inflight: 7, streams: 3, requests: 9, errors: 9, failed: 9 };
    lieOf(cluster, (said, tasks) =>
      said.type === 'stats' && lies ? { ...said, targets: tasks.map(({ task }) => ({ task, ...busy })) } : said,
    );
    const begun = cluster.time.now();
    assert.equal((await cluster.deploy(shop(3, 2))).services[0]?.state, 'succeeded');
    await untilConverged(cluster, 'web', 2);
    took.push(cluster.time.now() - begun);
    assert.deepEqual(cluster.harm(), []);
    await cluster.close();
  }
  const [truth = 0, lie = 0] = took;
  assert.ok(lie < truth + 2_000, `${lie} ms, ${truth} ms without a lie`);
});

test('containers on one node that are called as those of others, or as of other services, are none of these', async (t) => {
  const cluster = await beside(t);
  await cluster.deploy(still);
  const [web, other] = [containersOf(cluster, 'web'), containersOf(cluster, 'still')];
  const { machine } = cluster.node('b');
  for (const { view } of [...cluster.node('c').machine.boxes.values()])
    machine.put({ ...view, id: `forged-${view.name}`, state: 'exited', exitCode: 1, address: '10.208.0.77' });
  const [{ view } = assert.fail()] = cluster.node('c').machine.boxes.values();
  for (const [slot, project] of [
    ['1', 'shop'],
    ['9', 'other'],
  ] as const)
    machine.put({
      ...view,
      name: `forged-${project}`,
      id: project,
      labels: { ...view.labels, [LABEL.project]: project, [LABEL.task]: `forged-${project}`, [LABEL.slot]: slot },
    });
  await cluster.time.pass(60_000);
  const there = [...cluster.node('c').machine.boxes.keys()].sort();
  assert.deepEqual(there, [...web, ...other].sort());
  assert.deepEqual(await nodesOf(cluster, 'web'), ['c', 'c']);
  const targets = cluster
    .node('c')
    .planes.now()
    ?.newest()
    ?.targets.map(({ task }) => task)
    .sort();
  assert.deepEqual(targets, there);
  assert.deepEqual(cluster.node('b').planes.now()?.newest()?.targets, []);
  assert.equal((await cluster.deploy(shop(3, 2))).services[0]?.state, 'succeeded');
  assert.deepEqual(cluster.harm(), []);
});
