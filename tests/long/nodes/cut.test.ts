import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../lab/until.ts';
import { loadOn, MINUTE, startThree, type Three, watchNodes } from '../support/three.ts';

/** What the network does to one of three real nodes while requests come in at the others. */
const HOST = 'shop.example.com';
const RATE = 60;
const TASKS = 6;
/** As often a node is cut off for a moment. */
const BLIPS = 5;
/** A node is down after 10 s without a word: one that was heard again sooner keeps all that it has. ms */
const SHORT = 8_000;
const LOSS_FOR = 60_000;

let three: Three;

before(async () => {
  three = await startThree(['orca-test/app:1']);
  await three.done('node', 'set', 'm2', 'ingress=true');
  await three.allTakeTasks();
  await three.deploy(
    `web: {image: "orca-test/app:1", port: 8080, domain: ${HOST}, health: /healthz, replicas: ${TASKS}, env: {SHUTDOWN_MS: "300"}, deploy: {monitor: 0s, parallelism: 3}}`,
  );
});
after(() => three?.stop());

const others = async (): Promise<number> => {
  const [local = 0, , m2 = 0] = await three.counts('web');
  return local + m2;
};
const isDown = (name: string) =>
  until(`${name} to be down`, async () => (await three.nodeOf(name))?.status === 'down', 2 * MINUTE);
const load = () => loadOn([three.lab.master.engine, three.m2.engine], { host: HOST, rate: RATE / 2 });

/** Two tasks on each node. */
async function spreadAgain(): Promise<void> {
  await three.allTakeTasks();
  await three.done('scale', `web=1`);
  await three.allTakeTasks();
  await three.done('scale', `web=${TASKS}`);
  await settled();
}

const settled = () =>
  until(
    'each slot to run once',
    async () => (await three.counts('web')).reduce((sum, one) => sum + one) === TASKS,
    2 * MINUTE,
  );

/** The node is lost, its share runs elsewhere; back again it stops its own, and nothing moves any more. */
async function lostAndBack(cut: () => Promise<unknown>, mend: () => Promise<unknown>): Promise<void> {
  await spreadAgain();
  const during = await load();
  await cut();
  await isDown('m1');
  await until('its share to run elsewhere', async () => (await others()) === TASKS, 3 * MINUTE);
  const outcomes = await during.outcomes();
  const [requests, failed] = outcomes.reduce(([all, bad], one) => [all + one.requests, bad + one.failed], [0, 0]);
  // Those that a task there had when it was cut off: at most 0.5 %, and what one moment holds.
  assert.ok(failed <= 10 + requests / 200, `${failed} of ${requests}: ${outcomes.flatMap((one) => one.failures)}`);
  const behind = await load();
  await mend();
  await three.takesTasks('m1');
  await until('what was replaced to be gone', async () => (await three.counts('web'))[1] === 0, 2 * MINUTE);
  await settled();
  await behind.end();
  const now = await three.spread('web');
  const watch = watchNodes(three);
  await delay(20_000);
  const seen = await watch.end();
  // On a machine that stalls for long a node is lost without a cut.
  if (Object.values(seen).every((words) => !words.has('down'))) assert.deepEqual(await three.spread('web'), now);
}

describe('a node', () => {
  it('that is cut off for half a minute is replaced, and comes back without a task twice', async () => {
    await lostAndBack(
      () => three.m1.plug.cut(),
      async () => {
        await delay(15_000);
        await three.m1.plug.mend();
      },
    );
  });

  it('that hears nobody and is not heard by its answers alone is replaced, too', async () => {
    const rule = ['INPUT', '-i', 'lan0', '-j', 'DROP'];
    await lostAndBack(
      () => three.m1.engine.exec(['iptables', '-I', ...rule]),
      () => three.m1.engine.exec(['iptables', '-D', ...rule]),
    );
  });

  it('that is cut off for a moment, again and again, keeps its tasks', async () => {
    await spreadAgain();
    const before = await three.spread('web');
    for (let blip = 1; blip <= BLIPS; blip += 1) {
      const began = performance.now();
      await three.m1.plug.cut();
      await delay(3_000);
      await three.m1.plug.mend();
      await three.takesTasks('m1');
      const took = performance.now() - began;
      console.log(`a cut of 3 s: takes tasks again after ${Math.round(took)} ms`);
      if (took < SHORT) assert.deepEqual(await three.spread('web'), before, `blip ${blip}`);
      else return console.log('this machine is too slow to tell a blip');
    }
  });

  it('that loses every tenth packet keeps its tasks, and no request fails', async () => {
    await spreadAgain();
    const before = await three.spread('web');
    const lose = (chain: string, direction: string) =>
      [chain, direction, 'lan0', '-m', 'statistic', '--mode', 'random', '--probability', '0.1', '-j', 'DROP'] as const;
    const rules = [lose('INPUT', '-i'), lose('OUTPUT', '-o')];
    const watch = watchNodes(three);
    const loads = await load();
    for (const rule of rules) await three.m1.engine.exec(['iptables', '-I', ...rule]);
    await delay(LOSS_FOR);
    for (const rule of rules) await three.m1.engine.exec(['iptables', '-D', ...rule]);
    await loads.end();
    const seen = await watch.end();
    console.log(`m1 was ${[...(seen['m1'] ?? [])]}, m2 was ${[...(seen['m2'] ?? [])]}`);
    // Where the one that nothing was done to was away as well, the machine was.
    if (seen['m2']?.size === 1) assert.deepEqual(await three.spread('web'), before);
    await three.allTakeTasks();
  });
});
