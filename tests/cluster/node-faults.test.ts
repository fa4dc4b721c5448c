import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Cluster, openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import type { ClusterNode } from './node.ts';
import { shop, still } from './shop.ts';
import { heal } from './troubles.ts';

/** A service runs on `b`; with something wrong there a new version of it is begun. */
async function beginOn(t: TestContext, ails: (node: ClusterNode) => void) {
  const cluster = await openCluster(t, { nodes: ['b'], skews: { b: { engine: 3_600_000, plane: -3_600_000 } } });
  cluster.placeOn('b');
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  ails(cluster.node('b'));
  const wish = cluster.wish();
  const end = wish.deploy(shop(2, 2)).then(wish.ends);
  await cluster.time.pass(500);
  return { cluster, end };
}

/** Of a deployment on the master's own machine, ms. */
async function elsewhere(cluster: Cluster): Promise<number> {
  cluster.placeOn('local');
  const begun = cluster.time.now();
  assert.equal((await cluster.deploy(still)).status, 200);
  cluster.placeOn('b');
  return cluster.time.now() - begun;
}

const AILS: Readonly<Record<string, (node: ClusterNode) => void>> = {
  'a node whose events are lost': ({ faults }) => {
    faults.events = 'lost';
  },
  'a node where every inspection hangs': ({ faults, machine }) => {
    for (const name of machine.boxes.keys()) faults.stuck.add(name);
  },
  'a node where requests stay in flight': ({ faults }) => {
    faults.request = 20_000;
  },
  'a node whose pulls take long': ({ faults }) => {
    faults.pull = 60_000;
  },
};

for (const [who, ails] of Object.entries(AILS)) {
  test(`${who}: what is deployed on another takes no longer, and its own is done once it can be`, async (t) => {
    const well = await beginOn(t, () => {});
    const plain = await elsewhere(well.cluster);
    await well.cluster.close();
    const { cluster, end } = await beginOn(t, ails);
    const took = await elsewhere(cluster);
    assert.ok(took < 2 * plain, `${took} ms, ${plain} ms beside a node that is well`);
    await cluster.time.pass(15_000);
    assert.deepEqual(cluster.harm(), []);
    heal(cluster);
    assert.equal((await cluster.drive('the end', end)).services[0]?.state, 'succeeded');
    await untilConverged(cluster, 'web', 2);
    assert.deepEqual(cluster.harm(), []);
  });
}

test('a node that has no way to an image: its deployment fails and says so, another node pulls the same image', async (t) => {
  const { cluster, end } = await beginOn(t, ({ faults }) => {
    faults.pull = 'fails';
  });
  const before = containersOf(cluster, 'web');
  const { services } = await cluster.drive('the end', end);
  assert.match(services[0]?.reason ?? '', /no registry has the image/);
  assert.deepEqual(containersOf(cluster, 'web'), before);
  cluster.placeOn('local');
  assert.equal((await cluster.deploy(shop(2, 2))).services[0]?.state, 'succeeded');
  await untilConverged(cluster, 'web', 2);
  assert.deepEqual(cluster.harm(), []);
});
