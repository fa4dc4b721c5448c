import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { engineTime } from '../../../src/core/clock.ts';
import { createIngressLauncher } from '../../../src/node/ingress/launcher.ts';
import {
  askStandIn,
  clock,
  directory,
  finallyDo,
  freePort,
  quiet,
  route,
  startApp,
  startLab,
  table,
  target,
  until,
} from './support/lab.ts';

/** A data plane that no master connects to. */
async function startAlone(t: TestContext, dir: string): Promise<number> {
  const port = await freePort();
  const launcher = createIngressLauncher({
    dir,
    http: () => ({ host: '::', port }),
    command: [process.execPath, fileURLToPath(new URL('./support/plane.ts', import.meta.url))],
    args: ({ httpFd: fd }) => [
      'ingress',
      '--data',
      dir,
      '--http-fd',
      String(fd),
      '--alone',
      '300',
      '--probing',
      '30000',
    ],
    link: {
      connected: () => undefined,
      attached: () => undefined,
      refused: () => undefined,
      names: () => undefined,
      stopDataPlane: () => false,
    },
    log: quiet,
    clock,
  });
  finallyDo(t, () => launcher.stopAll(500));
  await launcher.start();
  return port;
}

/** Leaves a table in DIR as a data plane leaves it. */
async function leaveTable(t: TestContext, dir: string, appPort: number): Promise<void> {
  const lab = await startLab(t, { dir });
  lab.link.publish(table(3, [target('a', appPort)], [route(['a'])]));
  await until('acknowledged', () => lab.link.settled());
  await until('on disk', () => readFileSync(join(dir, 'ingress', 'table.json'), 'utf8').includes('"revision":3'));
  await lab.launcher.stopAll(500);
  lab.link.close();
}

test('without a master the last table is served, its targets probed before', async (t) => {
  const dir = directory(t);
  const app = await startApp(t);
  await leaveTable(t, dir, app.port);
  const port = await startAlone(t, dir);
  const answer = await askStandIn(port);
  assert.deepEqual([answer.table, answer.ready], [3, ['a']]);
});

test('a target that is away does not keep the others from being served', async (t) => {
  const dir = directory(t);
  await leaveTable(t, dir, await freePort());
  const answer = await askStandIn(await startAlone(t, dir));
  assert.deepEqual([answer.table, answer.ready], [3, []]);
});

test('a damaged table is ignored, with a line in the log, and the data plane serves on without', async (t) => {
  const dir = directory(t);
  const app = await startApp(t);
  await leaveTable(t, dir, app.port);
  const path = join(dir, 'ingress', 'table.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"revision":3', '"revision":4'));
  assert.equal((await askStandIn(await startAlone(t, dir))).table, null);
  assert.match(readFileSync(join(dir, 'ingress', 'ingress.log'), 'utf8'), /the last table is damaged/);
});

test('with a master nothing is served before its table has come', async (t) => {
  const dir = directory(t);
  const app = await startApp(t);
  await leaveTable(t, dir, app.port);
  const { port, link } = await startLab(t, { dir, term: 2, args: ['--alone', '2000'] });
  await until('its workers', () => link.workers()?.length === 2);
  const early = askStandIn(port);
  await sleep(2500); // Longer than it waits when it is alone.
  assert.deepEqual(
    link.workers()?.map(({ table: used }) => used),
    [null, null],
  );
  assert.deepEqual(link.routing('a'), { everywhere: false, somewhere: true });
  link.publish(table(1, [], [], 2));
  assert.equal((await early).table, 1);
});

test('a master of a lower term than the last table is refused although nothing is served yet', async (t) => {
  const dir = directory(t);
  const app = await startApp(t);
  const first = await startLab(t, { dir, term: 8 });
  first.link.publish(table(1, [target('a', app.port)], [route(['a'])], 8));
  await until('acknowledged', () => first.link.settled());
  await first.launcher.stopAll(500);
  first.link.close();
  const { link } = await startLab(t, { dir, term: 7 });
  assert.match(await until('refused', () => link.refused()), /term 8, and you are of term 7/);
});

test('a replaced container is probed anew, and a restarted data plane finds its targets before it serves', async (t) => {
  const { port, link } = await startLab(t);
  const app = await startApp(t);
  link.publish(table(1, [target('a', app.port)], [route(['a'])]));
  await until('ready', () => link.health('a')?.ready);
  const closed = createServer();
  const deadPort = await freePort();
  link.publish(table(2, [target('a', deadPort, { container: 'next', startedAt: engineTime(2) })], [route(['a'])]));
  await until('not ready', () => link.health('a')?.container === 'next' && link.health('a')?.error);
  assert.equal(link.health('a')?.ready, false);
  assert.equal(link.health('a')?.error, `connection refused on 127.0.0.1:${deadPort}`);
  await new Promise<void>((resolve) => closed.listen(deadPort, '127.0.0.1', resolve));
  finallyDo(t, () => closed.close());
  await until('ready again', () => link.health('a')?.ready);
  const before = link.connected()?.pid ?? 0;
  process.kill(before, 'SIGKILL');
  await until('another serves', () => link.connected()?.pid !== before && link.settled());
  assert.deepEqual((await askStandIn(port)).ready, ['a']);
});
