import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { clockAhead } from '../../lab/clock/ahead.ts';
import { signal } from '../../lab/command.ts';
import { until } from '../../lab/until.ts';
import { loadOn, MINUTE, said, startThree, type Three } from '../support/three.ts';

/** What becomes of services when agents, engines and clocks of three real nodes fail. */
const HOST = 'shop.example.com';
const IMAGE = 'orca-test/app:1';
const RATE = 60;
const TASKS = 6;
const HOUR = 3_600_000;

let three: Three;

before(async () => {
  three = await startThree([IMAGE, 'orca-test/web:1']);
  await three.done('node', 'set', 'm2', 'ingress=true');
  await three.allTakeTasks();
  await three.deploy(web('first'));
});
after(() => three?.stop());

/** @param mark another one is another version */
const web = (mark: string) =>
  `web: {image: "${IMAGE}", port: 8080, domain: ${HOST}, health: /healthz, replicas: ${TASKS}, env: {SHUTDOWN_MS: "300", MARK: "${mark}"}, deploy: {monitor: 0s, parallelism: 3}}`;
const load = () => loadOn([three.lab.master.engine, three.m2.engine], { host: HOST, rate: RATE / 2 });
const statusOf = async (name: string) => (await three.nodeOf(name))?.status;
const sees = (name: string, status: string) =>
  until(`${name} to be ${status}`, async () => (await statusOf(name)) === status, 2 * MINUTE);
const total = async () => (await three.counts('web')).reduce((sum, one) => sum + one);
const settled = () =>
  until('each slot to run once', async () => (await total()) === TASKS, 3 * MINUTE).catch(async (error: Error) => {
    throw new Error(`${await three.done('ps')}\n${await three.done('status')}`, { cause: error });
  });
const onM1 = async () => (await three.counts('web'))[1] ?? 0;

/** Two tasks on each node. */
async function spreadAgain(): Promise<void> {
  await three.allTakeTasks();
  await onlyOne();
  await three.allTakeTasks();
  await three.done('scale', `web=${TASKS}`);
  await settled();
}

/** A slot whose task is still being stopped is filled where that is: it is waited for. */
async function onlyOne(): Promise<void> {
  await three.done('scale', 'web=1');
  await until('one task alone', async () => (await total()) === 1, 2 * MINUTE);
}

/** Running containers on the other nodes: of m1 nothing is asked, as its Docker may not answer. */
const elsewhere = async (service: string): Promise<number> =>
  (await three.running(three.lab.master.engine, service)).length +
  (await three.running(three.m2.engine, service)).length;

/** While something is wrong with m1 other nodes take a deployment. */
async function deploysElsewhere(): Promise<void> {
  await three.deploy('side: {image: "orca-test/web:1", replicas: 2, deploy: {monitor: 0s}}');
  assert.equal(await elsewhere('side'), 2);
  await three.done('rm', 'side', '--yes');
}

describe('a node whose agent', () => {
  it('is killed and started again keeps its containers as they are, and no request fails', async () => {
    const before = await three.spread('web');
    const loads = await load();
    await three.m1.killAgent();
    await three.m1.startAgent();
    await three.takesTasks('m1');
    await loads.end();
    assert.deepEqual(
      (await three.spread('web')).m1.filter((one) => !before.m1.includes(one)),
      [],
    );
  });

  it('hangs is replaced, and stops what was replaced when it goes on, and no request fails', async () => {
    await spreadAgain();
    const pid = (await three.m1.state())?.pid;
    assert.ok(pid);
    const loads = await load();
    signal(pid, 'SIGSTOP');
    await sees('m1', 'down');
    await until('its share to run elsewhere', async () => (await elsewhere('web')) === TASKS, 3 * MINUTE);
    await deploysElsewhere();
    signal(pid, 'SIGCONT');
    await three.takesTasks('m1');
    await until('what was replaced to be gone', async () => (await onM1()) === 0, 2 * MINUTE);
    await settled();
    await loads.end();
  });

  it('has a clock that is an hour off moves nothing, nor does a master that has: deployments and drains go on', async () => {
    for (const [ofAgent, ofMaster] of [
      [HOUR, 0],
      [-HOUR, HOUR],
      [0, -HOUR],
    ] as const) {
      await spreadAgain();
      const before = await three.spread('web');
      const loads = await load();
      await three.m1.killAgent();
      await three.m1.startAgent(clockAhead(ofAgent));
      three.lab.master.killServer();
      await three.lab.master.startServer(clockAhead(ofMaster));
      await three.allTakeTasks();
      const skew = (await three.nodeOf('m1'))?.clock_skew_ms ?? 0;
      assert.equal(Math.round(skew / HOUR), (ofAgent - ofMaster) / HOUR);
      const what = `agent ${ofAgent} ms ahead, master ${ofMaster} ms`;
      const after = await three.spread('web');
      for (const where of ['local', 'm1', 'm2'] as const)
        assert.deepEqual(
          after[where].filter((one) => !before[where].includes(one)),
          [],
          what,
        );
      await three.deploy(web(what));
      await three.done('node', 'drain', 'm1');
      await loads.end();
      assert.deepEqual([await onM1(), await total()], [0, TASKS]);
      await three.done('node', 'undrain', 'm1');
    }
    await three.m1.killAgent();
    await three.m1.startAgent();
    three.lab.master.killServer();
    await three.lab.master.startServer();
    await three.allTakeTasks();
  });
});

describe('a node whose Docker', () => {
  it('hangs is told, keeps its tasks, which serve on, and delays nothing on others', async () => {
    await spreadAgain();
    const before = await three.spread('web');
    const loads = await load();
    three.m1.engine.pauseEngine();
    try {
      await until('it to be seen', async () => (await three.nodeOf('m1'))?.runs_services === false, 2 * MINUTE);
      await deploysElsewhere();
    } finally {
      three.m1.engine.resumeEngine();
    }
    await three.takesTasks('m1');
    await loads.end();
    assert.deepEqual(await three.spread('web'), before);
  });

  it('is dead keeps what serves; what dies there is started elsewhere', async () => {
    await spreadAgain();
    const [dies = ''] = (await three.spread('web')).m1;
    const process = (await three.m1.engine.docker(['inspect', '--format', '{{.State.Pid}}', idOf(dies)])).trim();
    const loads = await load();
    await three.m1.engine.killEngine();
    await until('it to be seen', async () => (await three.nodeOf('m1'))?.runs_services === false, 2 * MINUTE);
    await deploysElsewhere();
    await loads.end();
    assert.equal(await elsewhere('web'), 4, 'what serves is not replaced');
    await three.m1.engine.exec([
      'nsenter',
      `--target=${three.m1.engine.namespace.pid}`,
      '--pid',
      '--mount',
      'kill',
      '-KILL',
      process,
    ]);
    await until('its successor elsewhere', async () => (await elsewhere('web')) === 5, 3 * MINUTE);
    const behind = await load();
    await behind.end();
    await three.m1.engine.startEngine();
    await three.takesTasks('m1');
    await settled();
    assert.equal(await onM1(), 1);
    assert.ok(!(await three.spread('web')).m1.some((one) => idOf(one) === idOf(dies)));
  });

  it('is restarted has each slot once in the end', async () => {
    await spreadAgain();
    await three.m1.engine.stopEngine();
    await three.m1.engine.startEngine();
    await three.takesTasks('m1');
    await settled();
    const behind = await load();
    await behind.end();
  });

  it('was set up anew, and has no image: its tasks run elsewhere, and it takes new ones once it has', async () => {
    const { engine } = three.m1;
    await spreadAgain();
    await engine.stopEngine();
    const data = join(engine.dir, 'data');
    for (const name of readdirSync(data)) rmSync(join(data, name), { recursive: true, force: true });
    await engine.startEngine();
    await three.takesTasks('m1');
    await settled();
    assert.equal(await onM1(), 0);
    await engine.docker(['load', '--input', join(three.lab.master.engine.dir, 'images.tar')]);
    // Where a pull failed it is tried again after 30 s.
    await until(
      'tasks on m1',
      async () => {
        await spreadAgain();
        return (await onM1()) > 0;
      },
      5 * MINUTE,
    );
    const behind = await load();
    await behind.end();
  });
});

describe('a node that is removed while it runs tasks', () => {
  it('has them run elsewhere; joined anew it gets tasks again, and its old containers go', async () => {
    await spreadAgain();
    const left = (await three.spread('web')).m1;
    const loads = await load();
    await three.done('node', 'rm', 'm1', '--force', '--yes');
    await until('its share to run elsewhere', async () => (await total()) - left.length === TASKS, 3 * MINUTE);
    await loads.end();
    assert.deepEqual((await three.spread('web')).m1, left, 'what ran there runs on');
    const ran = await three.m1.join(await three.lab.token());
    assert.equal(ran.code, 0, said(ran));
    await three.takesTasks('m1');
    await spreadAgain();
    const isNew = async () => (await three.spread('web')).m1.filter((one) => !left.includes(one)).length > 0;
    await until('tasks on m1 again', isNew, 2 * MINUTE);
    const isGone = async () => !(await three.spread('web')).m1.some((one) => left.includes(one));
    await until('what is left of its first life to be gone', isGone, 2 * MINUTE);
    await settled();
    const behind = await load();
    await behind.end();
  });
});

const idOf = (one: string): string => one.split(' ')[0] ?? '';
