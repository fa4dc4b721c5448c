import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import { shop } from './shop.ts';

/** The engine ends all containers one after the other, and is gone; it takes no new connection from the beginning. */
async function stopEngine({ faults, machine, time, reachEngine }: Cluster): Promise<void> {
  faults.engineStops = true;
  for (const name of machine.boxes.keys()) {
    machine.kill(name);
    await time.pass(2_000);
  }
  reachEngine(false);
}

/** The engine begins anew, and has started what ran before. */
async function startEngine({ faults, machine, time, reachEngine }: Cluster): Promise<void> {
  await time.pass(5_000);
  for (const name of machine.boxes.keys()) machine.start(name);
  faults.engineStops = false;
  reachEngine(true);
}

test('an engine that stops slowly has nothing replaced that it stops: it starts the same containers when it is back', async (t) => {
  const cluster = await openCluster(t);
  await cluster.deploy(shop(1, 3));
  const before = containersOf(cluster, 'web');
  await stopEngine(cluster);
  assert.deepEqual(containersOf(cluster, 'web'), before);
  await startEngine(cluster);
  await untilConverged(cluster, 'web', 3);
  assert.deepEqual(containersOf(cluster, 'web'), before);
});
