import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { askStandIn, finallyDo, isAlive, type Lab, startLab, table, until } from './support/lab.ts';

const LOOK_EVERY = 1000;
/** Connections that wait to be accepted on a socket of Node's. */
const QUEUE = 512;

async function serving(t: TestContext): Promise<Lab & { readonly pid: number }> {
  const lab = await startLab(t, { lookEvery: LOOK_EVERY });
  lab.link.publish(table(1, [], []));
  await until('acknowledged', () => lab.link.settled());
  return { ...lab, pid: lab.link.connected()?.pid ?? 0 };
}

function freeze(t: TestContext, pid: number): void {
  process.kill(pid, 'SIGSTOP');
  finallyDo(t, () => isAlive(pid) && process.kill(pid, 'SIGCONT'));
}

/** As many connections as the socket's queue takes while nobody accepts. */
async function fillQueue(t: TestContext, dir: string): Promise<void> {
  const open = (): Promise<Socket | undefined> =>
    new Promise((resolve) => {
      const socket = connect(join(dir, 'ingress', 'control.sock'), () => resolve(socket));
      socket.on('error', () => resolve(undefined));
      finallyDo(t, () => socket.destroy());
    });
  const sockets = await Promise.all(Array.from({ length: QUEUE + 1 }, open));
  assert.ok(sockets.includes(undefined), 'the queue is full');
}

test('a supervisor that hangs is told as not connected, its workers serve on, and it goes on with the newest table', async (t) => {
  const { port, link, launcher, pid } = await serving(t);
  const workers = link.workers();
  freeze(t, pid);
  await until('noticed', () => !link.connected());
  const reason = `the data plane (pid ${pid}) does not answer`;
  assert.deepEqual(launcher.status(), { state: 'failed', reason, pid, restarts: 0 });
  assert.equal(link.workers(), undefined);
  for (let revision = 2; revision <= 500; revision += 1) link.publish(table(revision, [], []));
  assert.equal((await askStandIn(port)).table, 1);
  process.kill(pid, 'SIGCONT');
  await until('goes on', () => link.settled());
  assert.equal(link.connected()?.pid, pid);
  assert.deepEqual(
    link.workers()?.map((worker) => worker.pid),
    workers?.map((worker) => worker.pid),
  );
  assert.equal((await askStandIn(port)).table, 500);
});

test('one that has nothing to say answers what it is asked, and takes no notice of it', async (t) => {
  const { dir, link, pid } = await serving(t);
  const since = link.connected()?.since;
  await sleep(4 * LOOK_EVERY); // Nothing happens: that it stays so is what is tested.
  assert.deepEqual([link.connected()?.pid, link.connected()?.since], [pid, since]);
  const log = readFileSync(join(dir, 'ingress', 'ingress.log'), 'utf8');
  assert.equal(log.split('a master has connected').length - 1, 1);
});

test('a server that starts beside one that hangs, its queue full, leaves it and its workers alone', async (t) => {
  const first = await serving(t);
  freeze(t, first.pid);
  first.launcher.stop();
  first.link.close();
  await fillQueue(t, first.dir);
  const second = await startLab(t, { dir: first.dir, port: first.port, term: 2, lookEvery: LOOK_EVERY });
  await sleep(1000); // To give the launcher, which looks every 150 ms, the time for what it must not do.
  assert.equal((await askStandIn(first.port)).table, 1);
  assert.equal(second.launcher.status().restarts, 0);
  process.kill(first.pid, 'SIGCONT');
  await until('adopted', () => second.link.connected()?.pid === first.pid);
});
