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
  machine.reboot();
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

const ORDERED = `project: shop
services:
  db: {image: acme/db:1, port: 5432, health: {interval: 1s}, deploy: {monitor: 0s}}
  api: {image: acme/api:1, port: 8080, health: {interval: 5s, start_period: 5s}, deploy: {monitor: 0s}, depends_on: [db]}
  web: {image: acme/web:1, port: 8080, health: {interval: 5s, start_period: 5s}, deploy: {monitor: 0s}, depends_on: [api]}
  quick: {image: acme/quick:1, port: 8080, deploy: {monitor: 0s}, depends_on: [db]}
  worker: {image: acme/worker:1, deploy: {monitor: 0s}, depends_on: [db]}
`;

test('after a reboot what did not come up is started again after what it depends on, once, also if the server is killed meanwhile', async (t) => {
  for (const isKilled of [false, true]) {
    const cluster = await openCluster(t, { behaviours: { 'acme/db:1': 'slow' } });
    const { services } = await cluster.deploy(ORDERED);
    assert.deepEqual(new Set(services.map(({ state }) => state)), new Set(['succeeded']));
    const of = (service: string) => containersOf(cluster, service).join();
    const names = ['db', 'quick', 'api', 'web', 'worker'];
    const before = names.map(of);
    await stopEngine(cluster);
    await startEngine(cluster);
    await cluster.until('the start of what hangs', () => [of('api'), of('web')].every((name) => hangs(cluster, name)));
    if (isKilled) {
      cluster.master().life.end();
      await cluster.startMaster();
    }
    await cluster.until('web anew', () => of('web') !== before[3] && cluster.machine.answers(of('web')));
    const after = names.map(of);
    assert.deepEqual([after[0], after[1]], [before[0], before[1]], 'what needs nothing, and what came up well');
    const made = (service: string) => cluster.machine.boxes.get(of(service))?.startedAt ?? 0;
    assert.ok(made('db') < made('api') && made('api') < made('web') && made('db') < made('worker'));
    assert.notEqual(after[4], before[4], 'nothing tells whether the worker came up well');
    await cluster.time.pass(60_000);
    assert.deepEqual(names.map(of), after);
    await cluster.close();
  }
});

/** Started containers answer a moment later, and hang only then. */
function hangs({ machine }: Cluster, name: string): boolean {
  machine.hang(name);
  return machine.boxes.get(name)?.hungSince !== undefined;
}
