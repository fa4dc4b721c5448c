import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DrainBody } from '../../../src/contract/drain.ts';
import { choices } from '../../cluster/choices.ts';
import { seed } from '../../cluster/seed.ts';
import { until } from '../../lab/until.ts';
import { loadOn, MINUTE, perSecond, startThree, type Three } from '../support/three.ts';

/** Drains on three real engines: under load, and with the master killed in their middle. */
const TASKS = 20;
const RATE = 500;
const KILLS = 10;
/** A drain of six tasks takes some seconds: a kill may come before its first step and after its last. ms */
const MOMENTS = 6_000;
const SEED = seed();

let three: Three;

before(async () => {
  three = await startThree(['orca-test/app:1', 'orca-test/web:1']);
});
after(() => three?.stop());

const drain = (name: string) => three.get<DrainBody>(`/v1/hosts/${name}/drain-status`);
const isDrained = (name: string) =>
  until(`the end of the drain of ${name}`, async () => (await drain(name)).done, 8 * MINUTE);

describe('a node that is drained', () => {
  it(`gives ${TASKS} tasks away under ${perSecond(RATE)} requests a second, and none of these fails`, async () => {
    const { done, deploy, counts, lab, m1, m2 } = three;
    for (const machine of ['m1', 'm2']) await done('node', 'set', machine, 'ingress=true');
    await done('node', 'set', 'm1', '--label', 'shop=yes');
    await three.allTakeTasks();
    await deploy(
      `web: {image: "orca-test/app:1", port: 8080, domain: shop.example.com, health: /healthz, replicas: ${TASKS}, placement: {labels: {shop: "yes"}}, env: {SLOW_MS: "20", SHUTDOWN_MS: "500"}, deploy: {monitor: 0s, parallelism: 2}}`,
    );
    assert.deepEqual(await counts('web'), [0, TASKS, 0]);
    for (const node of ['local', 'm2']) await done('node', 'set', node, '--label', 'shop=yes');
    await three.allTakeTasks();
    const engines = [lab.master.engine, m1.engine, m2.engine];
    const loads = await loadOn(engines, { host: 'shop.example.com', rate: RATE / engines.length, sockets: 5 });
    const told = await done('node', 'drain', 'm1');
    const requests = await loads.end();
    assert.match(told, /m1 is drained: none of its tasks is left/);
    assert.ok(requests > 0);
    const [local = 0, left, other = 0] = await counts('web');
    assert.deepEqual([local + other, left], [TASKS, 0]);
    assert.ok(local > 0 && other > 0, `${local} and ${other}`);
    await done('rm', 'web', '--yes');
  });

  it(`is drained though the master is killed at ${KILLS} moments, and what was elsewhere is left alone (ORCA_SEED=${SEED})`, async () => {
    const { done, deploy, spread, counts, lab } = three;
    const choose = choices(SEED);
    await done('node', 'undrain', 'm1');
    await three.allTakeTasks();
    await deploy(
      'idle: {image: "orca-test/web:1", port: 8080, domain: idle.example.com, replicas: 9, deploy: {monitor: 0s}}',
    );
    for (let round = 0; round < KILLS; round += 1) {
      const [from, to] = round % 2 === 0 ? (['m1', 'm2'] as const) : (['m2', 'm1'] as const);
      await three.allTakeTasks();
      const before = await spread('idle');
      await done('node', 'drain', from, '--no-wait');
      const moment = choose(MOMENTS);
      await delay(moment);
      lab.master.killServer();
      await lab.master.startServer();
      await isDrained(from);
      const what = `round ${round}, killed after ${moment} ms`;
      await until('no task twice', async () => (await counts('idle')).reduce((sum, one) => sum + one) === 9, MINUTE);
      const now = await spread('idle');
      assert.deepEqual(now[from], [], what);
      for (const where of ['local', to] as const)
        assert.deepEqual(
          before[where].filter((one) => !now[where].includes(one)),
          [],
          `${what}: ${where}`,
        );
      assert.equal((await lab.master.ask('idle.example.com')).status, 200);
      await done('node', 'undrain', from);
      // What has moved stays where it is: another count spreads it again.
      await three.allTakeTasks();
      await done('scale', 'idle=3');
      await three.allTakeTasks();
      await done('scale', 'idle=9');
    }
  });
});
