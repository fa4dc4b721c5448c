import assert from 'node:assert/strict';
import { test } from 'node:test';
import { often } from '../lab/often.ts';
import { choices } from './choices.ts';
import { openCluster } from './cluster.ts';
import { containersOf, untilConverged } from './converged.ts';
import { finish, stoppedDuring } from './rollouts.ts';
import { seed } from './seed.ts';
import { shop, still } from './shop.ts';

const SEED = seed();
/** `ORCA_ROUNDS=<n>`: more of them, to look for what is rare. */
const ROUNDS = often(15, 'ORCA_ROUNDS');

const STRATEGIES = ['', ', strategy: blue-green, keep: 2s'];

for (const [when, strategy] of (['before', 'after'] as const).flatMap((one) =>
  STRATEGIES.map((each) => [one, each] as const),
)) {
  test(`a master killed ${when} each single thing it does in a rollout${strategy}: the next one finishes it, and no request is lost (ORCA_SEED=${SEED})`, async (t) => {
    const cluster = await openCluster(t, { seed: SEED });
    await cluster.deploy(still);
    await cluster.deploy(shop(1, 2, strategy));
    cluster.expect('shop/web', 2);
    const untouched = containersOf(cluster, 'still');
    for (let deed = 1; ; deed += 1) {
      const rollout = { manifest: shop(1 + (deed % 2), 2, strategy), replicas: 2 };
      if (!(await stoppedDuring(cluster, rollout, deed, when))) return assert.ok(deed > 20, `killed ${deed - 1} times`);
      await finish(cluster, rollout);
      assert.deepEqual(cluster.harm(), [], `killed ${when} deed ${deed}`);
      assert.deepEqual(containersOf(cluster, 'still'), untouched, 'the other service kept its container');
    }
  });
}

test(`masters killed at random, several in a rollout, with all that may be late or lost (ORCA_SEED=${SEED})`, async (t) => {
  const choose = choices(SEED);
  const cluster = await openCluster(t, { seed: SEED, skew: { engine: -90_000, plane: 3_600_000 } });
  await cluster.deploy(shop(1, 3));
  for (let round = 1; round <= ROUNDS; round += 1) {
    const replicas = 2 + choose(3);
    const rollout = { manifest: shop(1 + (round % 2), replicas, STRATEGIES[choose(STRATEGIES.length)]), replicas };
    cluster.faults.events = ([2, 400, 'lost'] as const)[choose(3)] ?? 2;
    cluster.faults.acknowledgement = [5, 100, 1_500][choose(3)] ?? 5;
    cluster.faults.request = [0, 200, 2_000][choose(3)] ?? 0;
    for (let kills = 1 + choose(4); kills > 0; kills -= 1) {
      if (!(await stoppedDuring(cluster, rollout, 1 + choose(20), choose(2) === 0 ? 'before' : 'after'))) break;
      await cluster.time.pass(choose(3_000));
      await cluster.startMaster();
    }
    cluster.master().life.end();
    await finish(cluster, rollout);
    for (const count of [1, replicas]) {
      await cluster.drive('a scale', cluster.wish().scale('web', count));
      await untilConverged(cluster, 'web', count);
    }
    assert.deepEqual(cluster.harm(), [], `round ${round}`);
  }
});

test(`a master that was paused in a rollout, replaced, and goes on: it harms nobody (ORCA_SEED=${SEED})`, async (t) => {
  const choose = choices(SEED);
  const cluster = await openCluster(t, { seed: SEED });
  await cluster.deploy(shop(1, 2));
  cluster.expect('shop/web', 2);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { life: paused, written } = cluster.master();
    const rollout = { manifest: shop(1 + (round % 2), 2), replicas: 2 };
    await stoppedDuring(cluster, rollout, 1 + choose(25), choose(2) === 0 ? 'before' : 'after', 'paused');
    await cluster.startMaster();
    await cluster.time.pass(choose(1_000));
    const until = written.length;
    paused.resume();
    await cluster.deploy(rollout.manifest);
    await untilConverged(cluster, 'web', 2);
    await cluster.time.pass(15_000);
    paused.end();
    // What a user has asked it for it may write down still; what it decided itself it may not.
    assert.deepEqual(written.slice(until).filter(isDecided), [], `round ${round}`);
    await untilConverged(cluster, 'web', 2);
    assert.deepEqual(cluster.harm(), [], `round ${round}`);
  }
});

const isDecided = (key: string): boolean => /^(tasks|outcomes|nodes)\//.test(key);
