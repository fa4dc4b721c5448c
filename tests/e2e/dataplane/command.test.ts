import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createIngressLink, type IngressLink } from '../../../src/controllers/ingress/link.ts';
import { handListener } from '../../../src/node/ingress/listener.ts';
import { MAIN } from '../../lab/entries.ts';
import {
  ask,
  CLUSTER,
  clock,
  directory,
  finallyDo,
  freePort,
  isAlive,
  quiet,
  route,
  startApp,
  statusOf,
  table,
  target,
  until,
} from './support/lab.ts';

function linkTo(t: TestContext, dir: string): IngressLink {
  const link = createIngressLink({ dir, cluster: CLUSTER, term: 1, log: quiet, clock });
  finallyDo(t, () => link.close());
  link.start();
  return link;
}

function endAfter(t: TestContext, child: ChildProcess): ChildProcess {
  finallyDo(t, async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'close');
  });
  return child;
}

/** Publishes an app under shop.test and waits until it is served. */
async function serve(t: TestContext, link: IngressLink): Promise<void> {
  const app = await startApp(t);
  link.publish(table(1, [target('a', app.port)], [route(['a'])]));
  await until('acknowledged', () => link.settled() && link.health('a')?.ready);
}

test('by hand it binds the port itself, serves, and ends whole on SIGTERM', async (t) => {
  const dir = directory(t);
  const port = await freePort();
  const link = linkTo(t, dir);
  const args = [MAIN, 'ingress', '--data', dir, '--http', `127.0.0.1:${port}`, '--workers', '2'];
  const child = endAfter(t, spawn(process.execPath, args, { stdio: 'ignore' }));
  await serve(t, link);
  assert.deepEqual(await ask(port), { status: 200, body: 'hello' });
  assert.equal((await ask(port, '/', 'other.test')).status, 404);
  const pids = [link.connected()?.pid ?? 0, ...(link.workers() ?? []).map(({ pid }) => pid)];
  for (const pid of pids) assert.equal(statusOf(pid, 'NoNewPrivs'), '1');
  assert.equal(link.lacks(), undefined);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  await until('all of it has ended', () => !pids.some(isAlive));
});

test('a socket handed over as systemd does it is served', async (t) => {
  const dir = directory(t);
  const port = await freePort();
  const link = linkTo(t, dir);
  const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"';
  const command = ['-c', script, 'sh', process.execPath, MAIN, 'ingress', '--data', dir, '--workers', '1'];
  const child = await handListener({ host: '127.0.0.1', port }, (fd) =>
    endAfter(t, spawn('/bin/sh', command, { stdio: ['ignore', 'ignore', 'ignore', fd] })),
  );
  await serve(t, link);
  assert.deepEqual(await ask(port), { status: 200, body: 'hello' });
  assert.equal(link.connected()?.pid, child.pid);
});

test('without HTTP it probes, and acknowledges tables', async (t) => {
  const dir = directory(t);
  const link = linkTo(t, dir);
  endAfter(
    t,
    spawn(process.execPath, [MAIN, 'ingress', '--data', dir, '--http', 'off', '--workers', '1'], { stdio: 'ignore' }),
  );
  await serve(t, link);
  assert.deepEqual(link.routing('a'), { everywhere: true, somewhere: true });
});

test('the access log can be switched off', async (t) => {
  const dir = directory(t);
  const port = await freePort();
  const link = linkTo(t, dir);
  const args = [MAIN, 'ingress', '--data', dir, '--http', `127.0.0.1:${port}`, '--access-log', 'off'];
  const child = endAfter(t, spawn(process.execPath, args, { stdio: 'ignore' }));
  await serve(t, link);
  await ask(port);
  child.kill('SIGTERM');
  await once(child, 'exit');
  assert.throws(() => readFileSync(join(dir, 'ingress', 'access.log')), /ENOENT/);
});

test('kill -9 of a worker under load fails only what that worker had, and counts it', async (t) => {
  const dir = directory(t);
  const port = await freePort();
  const link = linkTo(t, dir);
  const args = [MAIN, 'ingress', '--data', dir, '--http', `127.0.0.1:${port}`, '--workers', '2'];
  endAfter(t, spawn(process.execPath, args, { stdio: 'ignore' }));
  await serve(t, link);
  const failures: Error[] = [];
  let good = 0;
  let ended = false;
  finallyDo(t, () => {
    ended = true; // else a failed test asks for ever
  });
  const client = async (): Promise<void> => {
    while (!ended) {
      await ask(port).then(
        ({ status }) => {
          assert.equal(status, 200);
          good += 1;
        },
        (error: Error) => failures.push(error),
      );
    }
  };
  const clients = Array.from({ length: 6 }, client);
  await until('load', () => good > 100);
  const victim = link.workers()?.[0]?.pid ?? 0;
  process.kill(victim, 'SIGKILL');
  await until('replaced', () => link.settled() && !link.workers()?.some(({ pid }) => pid === victim));
  const before = good;
  await until('load goes on', () => good > before + 100);
  ended = true;
  await Promise.all(clients);
  assert.ok(failures.length <= 6, `${failures.length} failed: ${failures[0]?.message}`);
  assert.deepEqual(
    failures.filter(({ message }) => /ECONNREFUSED/.test(message)),
    [],
  );
});
