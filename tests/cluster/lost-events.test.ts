import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import { finish, stoppedDuring } from './rollouts.ts';
import { seed } from './seed.ts';
import { shop } from './shop.ts';

const SEED = seed();

test('with every event lost, a service is deployed, and a task that was killed is found and replaced', async (t) => {
  const cluster = await openCluster(t, { seed: SEED });
  cluster.faults.events = 'lost';
  assert.equal((await cluster.deploy(shop(1, 1))).status, 200);
  const [before = ''] = containersOf(cluster, 'web');
  cluster.machine.kill(before);
  await cluster.until('another container', () => {
    const [now = before] = containersOf(cluster, 'web');
    return now !== before && cluster.machine.answers(now);
  });
  await untilConverged(cluster, 'web', 1);
});

test(`with every event lost and a master killed after each thing that it does, a rollout arrives all the same (ORCA_SEED=${SEED})`, async (t) => {
  const cluster = await openCluster(t, { seed: SEED });
  cluster.faults.events = 'lost';
  await cluster.deploy(shop(1, 3));
  let kills = 0;
  for (const rollout = { manifest: shop(2, 3), replicas: 3 }; kills < 200; kills += 1) {
    // Before it is told of the wish each master makes ready: the network, the term.
    if (!(await stoppedDuring(cluster, rollout, kills === 0 ? 1 : 4, 'after'))) break;
    await cluster.startMaster();
  }
  assert.ok(kills > 4, `killed ${kills} times`);
  cluster.master().life.end();
  await finish(cluster, { manifest: shop(2, 3), replicas: 3 });
  assert.deepEqual(cluster.harm(), []);
});
