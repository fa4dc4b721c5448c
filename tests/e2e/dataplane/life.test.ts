import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createIngressLink } from '../../../src/controllers/ingress/link.ts';
import {
  ask,
  askStandIn,
  CLUSTER,
  clock,
  directory,
  finallyDo,
  freePort,
  isAlive,
  quiet,
  route,
  startApp,
  startLab,
  statusOf,
  table,
  target,
  until,
} from './support/lab.ts';

test('it is detached from the server, and names its directory', async (t) => {
  const { dir, link } = await startLab(t);
  const { pid } = await until('connected', () => link.connected());
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  assert.equal(stat[3], String(pid), 'it leads a session of its own');
  for (const one of [pid, ...(link.workers() ?? []).map((worker) => worker.pid)]) {
    assert.ok(readFileSync(`/proc/${one}/cmdline`, 'utf8').includes(`\0--data\0${dir}\0`));
  }
});

test('a server that comes back adopts the data plane that runs', async (t) => {
  const first = await startLab(t);
  first.link.publish(table(1, [], []));
  await until('acknowledged', () => first.link.settled());
  const pid = first.link.connected()?.pid;
  first.launcher.stop();
  first.link.close();
  const second = await startLab(t, { dir: first.dir, port: first.port, term: 2 });
  second.link.publish(table(1, [], [], 2));
  await until('acknowledged', () => second.link.settled());
  assert.equal(second.link.connected()?.pid, pid);
  assert.deepEqual(second.launcher.status(), { state: 'running', pid, restarts: 0 });
});

test('an adopted data plane that dies is replaced', async (t) => {
  const first = await startLab(t);
  const { pid } = await until('connected', () => first.link.connected());
  first.launcher.stop();
  first.link.close();
  const second = await startLab(t, { dir: first.dir, port: first.port, term: 2 });
  await until('adopted', () => second.link.connected()?.pid === pid);
  process.kill(pid, 'SIGKILL');
  await until('replaced', () => second.link.connected() && second.link.connected()?.pid !== pid);
});

test('a port in use is told with its holder, and taken as soon as it is free', async (t) => {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, resolve));
  finallyDo(t, () => other.close());
  const { link, launcher } = await startLab(t, { port });
  assert.deepEqual(launcher.status(), {
    state: 'failed',
    reason: `[::]:${port} is in use by node (pid ${process.pid})`,
    pid: undefined,
    restarts: 0,
  });
  other.close();
  await until('connected', () => link.connected());
  assert.equal(launcher.status().state, 'running');
});

test('stop finishes what is in flight, refuses what is new, and leaves nothing behind', async (t) => {
  const { dir, port, link, launcher } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const pids = [link.connected()?.pid ?? 0, ...(link.workers() ?? []).map(({ pid }) => pid)];
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('error', () => {});
  const gone = launcher.stopAll(120_000);
  await until('draining', () => link.workers()?.every(({ draining }) => draining) || !link.connected());
  await until('refused', () =>
    ask(port).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
    ),
  );
  assert.ok(link.connected(), 'what was accepted is still served');
  socket.destroy();
  await gone;
  await until('all have ended', () => !pids.some(isAlive));
  assert.equal(existsSync(join(dir, 'ingress', 'control.sock')), false);
});

test('a second data plane on the same directory is refused, and the first serves on', async (t) => {
  const { dir, port, link } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const blind = { dir, cluster: CLUSTER, term: 1, log: quiet, clock };
  const again = createIngressLink(blind);
  finallyDo(t, () => again.close());
  const { spawn } = await import('node:child_process');
  const { fileURLToPath } = await import('node:url');
  const plane = fileURLToPath(new URL('./support/plane.ts', import.meta.url));
  const second = spawn(process.execPath, [plane, 'ingress', '--data', dir], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  second.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => second.once('close', resolve));
  assert.notEqual(code, 0);
  assert.match(said, /a data plane answers on ".*control\.sock" already/);
  assert.equal((await askStandIn(port)).table, 1);
});

test('a worker that crashes again and again is replaced ever more slowly, and the others serve', async (t) => {
  const { dir, port, link } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  for (let i = 0; i < 5; i += 1) {
    await until('a worker serves', () => link.workers()?.some((worker) => worker.table !== null));
    await ask(port, '/crash').catch(() => {});
  }
  await until('both are back', () => link.workers()?.length === 2 && link.settled());
  assert.equal((await askStandIn(port)).table, 1);
  const pauses = readFileSync(join(dir, 'ingress', 'ingress.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('a worker died'))
    .map((line) => (JSON.parse(line) as { pause: number }).pause);
  assert.deepEqual(pauses.slice(0, 2), [0, 100]);
  assert.ok((pauses.at(-1) ?? 0) > 100);
});

test('a target that one worker finds down is out in all of them, and back after two passes', async (t) => {
  const { port, link } = await startLab(t);
  const app = await startApp(t);
  const changes: boolean[] = [];
  link.publish(table(1, [target('a', app.port)], [route(['a'])]));
  await until('ready', () => link.health('a')?.ready && link.settled());
  link.onChange(() => changes.push(link.health('a')?.ready ?? false));
  const since = link.health('a')?.since ?? 0;
  await askStandIn(port, '/down/a');
  await until('it was out', () => changes.includes(false));
  await until('ready again', () => link.health('a')?.ready);
  assert.ok((link.health('a')?.since ?? 0) > since);
  await until('every worker knows', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => askStandIn(port)));
    return answers.every(({ ready }) => ready.length === 1);
  });
});

test('counters of all workers are summed, and those of a dead one stay', async (t) => {
  const { port, link } = await startLab(t);
  link.publish(table(1, [target('a', await freePort())], [route(['a'])]));
  await until('acknowledged', () => link.settled());
  for (let i = 0; i < 20; i += 1) await askStandIn(port);
  await until('counted', () => link.stats('a')?.requests === 20);
  process.kill(link.workers()?.[0]?.pid ?? 0, 'SIGKILL');
  await until('replaced', () => link.workers()?.length === 2 && link.settled());
  for (let i = 0; i < 5; i += 1) await askStandIn(port);
  await until('counted on', () => link.stats('a')?.requests === 25);
});

test('requests are logged by every worker into one file', async (t) => {
  const { dir, port, link } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  await Promise.all(Array.from({ length: 30 }, (_, i) => ask(port, `/${i}`)));
  const path = join(dir, 'ingress', 'access.log');
  const lines = (): string[] => readFileSync(path, 'utf8').split('\n').filter(Boolean);
  await until('logged', () => lines().length === 30);
  const paths = lines().map((line) => (JSON.parse(line) as { path: string }).path);
  assert.deepEqual(new Set(paths).size, 30);
});

test('workers serve although the access log cannot be opened, and it is written once it can', async (t) => {
  const dir = directory(t);
  const path = join(dir, 'ingress', 'access.log');
  mkdirSync(join(dir, 'ingress'));
  if (process.getuid?.() === 0) chownSync(join(dir, 'ingress'), 60881, 60881);
  writeFileSync(path, '', { mode: 0o400 }); // Of whoever runs this test: root, or a user who may not write to it.
  const { port, link } = await startLab(t, { dir });
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const before = link.workers()?.map(({ pid }) => pid);
  await Promise.all(Array.from({ length: 10 }, () => askStandIn(port)));
  const said = (): string => readFileSync(join(dir, 'ingress', 'ingress.log'), 'utf8');
  await until('told', () => said().includes('lines of the access log were lost'));
  assert.equal(said().split('the access log cannot be opened').length - 1, 1, 'once');
  rmSync(path);
  await until('logged', async () => {
    await askStandIn(port);
    return existsSync(path) && readFileSync(path, 'utf8').includes('"path"');
  });
  assert.deepEqual(
    link.workers()?.map(({ pid }) => pid),
    before,
  );
});

test('what runs is one supervisor, its workers, and as root one process that starts them', async (t) => {
  const { link } = await startLab(t, { args: ['--workers', '3'] });
  const { pid } = await until('connected', () => link.connected());
  await until('three workers', () => link.workers()?.length === 3);
  const parents = new Set((link.workers() ?? []).map((worker) => Number(statusOf(worker.pid, 'PPid'))));
  const [parent = 0, ...others] = parents;
  assert.deepEqual(others, []);
  assert.equal(process.getuid?.() === 0 ? Number(statusOf(parent, 'PPid')) : parent, pid);
});
