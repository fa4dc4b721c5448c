import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createIngressLauncher } from '../../../src/controllers/ingress/launcher.ts';
import { createIngressLink } from '../../../src/controllers/ingress/link.ts';
import {
  askStandIn,
  CLUSTER,
  clock,
  directory,
  finallyDo,
  freePort,
  quiet,
  startLab,
  statusOf,
  table,
  until,
} from './support/lab.ts';

const asRoot = { skip: process.getuid?.() !== 0 };
const USER = '60880';

test('as root it runs as a user of its own, without groups or capabilities', asRoot, async (t) => {
  const { dir, port, link } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const pids = [link.connected()?.pid ?? 0, ...(link.workers() ?? []).map(({ pid }) => pid)];
  assert.equal(pids.length, 3);
  for (const pid of pids) {
    for (const field of ['Uid', 'Gid']) assert.equal(statusOf(pid, field), [USER, USER, USER, USER].join('\t'));
    assert.equal(statusOf(pid, 'Groups').trim(), '');
    for (const field of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) assert.equal(statusOf(pid, field), '0'.repeat(16));
  }
  assert.equal((await askStandIn(port)).table, 1);
  const ingress = statSync(join(dir, 'ingress'));
  assert.deepEqual([ingress.uid, ingress.mode & 0o777], [60880, 0o700]);
  const socket = statSync(join(dir, 'ingress', 'control.sock'));
  assert.deepEqual([socket.uid, socket.mode & 0o077], [60880, 0]);
});

test('a worker is replaced after the drop', asRoot, async (t) => {
  const { link } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const supervisor = link.connected()?.pid;
  const victim = link.workers()?.[0]?.pid ?? 0;
  process.kill(victim, 'SIGKILL');
  await until('replaced', () => link.settled() && !link.workers()?.some(({ pid }) => pid === victim));
  assert.equal(link.connected()?.pid, supervisor);
  for (const { pid } of link.workers() ?? []) assert.equal(statusOf(pid, 'Uid').split('\t')[0], USER);
});

/** This checkout once more, where only root can read it. */
function hiddenCheckout(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'orca-hidden-')); // 0700
  finallyDo(t, () => rmSync(home, { recursive: true, force: true }));
  const from = fileURLToPath(new URL('../../..', import.meta.url));
  for (const part of ['src/core', 'src/dataplane', 'src/telemetry', 'tests/e2e/dataplane/support', 'package.json']) {
    mkdirSync(dirname(join(home, part)), { recursive: true });
    cpSync(join(from, part), join(home, part), { recursive: true });
  }
  for (const name of ['pino', ...dependencies(from, 'pino')]) {
    cpSync(join(from, 'node_modules', name), join(home, 'node_modules', name), { recursive: true });
  }
  return join(home, 'tests/e2e/dataplane/support/plane.ts');
}

function dependencies(root: string, name: string): string[] {
  const file = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  const { dependencies: direct = {} } = JSON.parse(file) as { dependencies?: Record<string, string> };
  return Object.keys(direct).flatMap((one) => [one, ...dependencies(root, one)]);
}

test('a checkout that the user cannot read serves, and is started as a whole when a worker dies', asRoot, async (t) => {
  const entry = hiddenCheckout(t);
  const dir = directory(t);
  const port = await freePort();
  const link = createIngressLink({ dir, cluster: CLUSTER, term: 1, log: quiet, clock });
  const launcher = createIngressLauncher({
    dir,
    http: { host: '::', port },
    command: [process.execPath, entry],
    args: (fd) => ['ingress', '--data', dir, '--http-fd', String(fd)],
    link,
    log: quiet,
    clock,
  });
  finallyDo(t, async () => {
    await launcher.stopAll(500);
    link.close();
  });
  link.start();
  await launcher.start();
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  assert.equal((await askStandIn(port)).table, 1);
  const before = link.connected()?.pid;
  process.kill(link.workers()?.[0]?.pid ?? 0, 'SIGKILL');
  await until('another serves', () => link.connected() && link.connected()?.pid !== before && link.settled());
  assert.equal((await askStandIn(port)).table, 1);
  assert.match(readFileSync(join(dir, 'ingress', 'ingress.log'), 'utf8'), /to be started as a whole/);
});
