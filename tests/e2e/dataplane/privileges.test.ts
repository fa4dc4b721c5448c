import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createIngressLink } from '../../../src/controllers/ingress/link.ts';
import { createIngressLauncher } from '../../../src/node/ingress/launcher.ts';
import {
  askStandIn,
  CLUSTER,
  clock,
  directory,
  finallyDo,
  freePort,
  type Lab,
  quiet,
  startLab,
  statusOf,
  table,
  until,
} from './support/lab.ts';

const asRoot = { skip: process.getuid?.() !== 0 };
const SUPERVISOR = '60881';
const WORKER = '60880';
const NO_GROUP = '65534';
const NO_RIGHTS = '0'.repeat(16);

/** The supervisor, the process that starts workers, and the workers. */
function processesOf({ link }: Lab): { supervisor: number; nursery: number; workers: number[] } {
  const workers = (link.workers() ?? []).map(({ pid }) => pid);
  return { supervisor: link.connected()?.pid ?? 0, nursery: Number(statusOf(workers[0] ?? 0, 'PPid')), workers };
}

test('as root it runs as two users of its own, without groups, capabilities or a way to any', asRoot, async (t) => {
  const lab = await startLab(t);
  const { dir, port, link } = lab;
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const { supervisor, nursery, workers } = processesOf(lab);
  assert.equal(workers.length, 2);
  await until('dropped', () => statusOf(nursery, 'CapEff') === NO_RIGHTS);
  const all = [[supervisor, SUPERVISOR] as const, ...[nursery, ...workers].map((pid) => [pid, WORKER] as const)];
  for (const [pid, user] of all) {
    const [group, groups] = pid === nursery ? [NO_GROUP, user] : [user, ''];
    assert.equal(statusOf(pid, 'Uid'), [user, user, user, user].join('\t'));
    assert.equal(statusOf(pid, 'Gid'), [user, group, user, group].join('\t'));
    assert.equal(statusOf(pid, 'Groups').trim(), groups);
    // What is inheritable gives nothing without a file that has capabilities, and those count for nothing with NoNewPrivs.
    for (const field of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.equal(statusOf(pid, field), NO_RIGHTS, field);
    assert.equal(statusOf(pid, 'NoNewPrivs'), '1');
  }
  assert.equal((await askStandIn(port)).table, 1);
  for (const name of ['', 'control.sock', 'access.log', 'table.json']) {
    const { uid, mode } = statSync(join(dir, 'ingress', name));
    assert.deepEqual([String(uid), mode & 0o077], [SUPERVISOR, 0], name);
  }
});

test('no signal opens an inspector in any of its processes', asRoot, async (t) => {
  const lab = await startLab(t);
  lab.link.publish(table(1, [], []));
  await until('acknowledged', () => lab.link.settled());
  const { supervisor, nursery, workers } = processesOf(lab);
  for (const pid of [supervisor, nursery, ...workers]) {
    const threads = readdirSync(`/proc/${pid}/task`).map((id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8'));
    assert.deepEqual(
      threads.filter((name) => /signal ?insp/i.test(name)),
      [],
      'nobody waits for the signal',
    );
    process.kill(pid, 'SIGUSR1');
  }
  lab.link.publish(table(2, [], []));
  await until('acknowledged', () => lab.link.settled());
  assert.deepEqual(processesOf(lab), { supervisor, nursery, workers }, 'all of them live on');
  assert.doesNotMatch(readFileSync(join(lab.dir, 'ingress', 'ingress.log'), 'utf8'), /Debugger listening/);
});

/** Both workers are there again, without the one that was killed. */
function isReplaced(link: Lab['link'], victim: number): boolean {
  const pids = (link.workers() ?? []).map(({ pid }) => pid);
  return link.settled() && pids.length === 2 && !pids.includes(victim);
}

test('a worker is replaced after the drop', asRoot, async (t) => {
  const { link } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const supervisor = link.connected()?.pid;
  const victim = link.workers()?.[0]?.pid ?? 0;
  process.kill(victim, 'SIGKILL');
  await until('replaced', () => isReplaced(link, victim));
  assert.equal(link.connected()?.pid, supervisor);
  for (const { pid } of link.workers() ?? []) {
    assert.equal(statusOf(pid, 'Uid'), Array(4).fill(WORKER).join('\t'));
    // The third is the saved one, which one that was started after the drop has from the nursery.
    const [real, effective, saved, files] = statusOf(pid, 'Gid').split('\t');
    assert.deepEqual([real, effective, files], [WORKER, WORKER, WORKER]);
    assert.ok(saved === WORKER || saved === NO_GROUP, saved);
  }
});

/** By a process of the workers' user, as one that was taken over could start it. */
function whatItReaches(pids: readonly number[]): string[] {
  const tried = `for (const pid of process.argv.slice(1)) for (const name of ['mem', 'fd', 'environ']) {
    const path = '/proc/' + pid + '/' + name;
    try { fs.closeSync(fs.openSync(path, name === 'mem' ? 'r+' : 'r')); console.log(path); } catch {}
  }`;
  const account = { uid: Number(WORKER), gid: Number(WORKER) };
  const said = execFileSync(process.execPath, ['--eval', tried, ...pids.map(String)], { ...account, cwd: '/' });
  return said.toString().split('\n').filter(Boolean);
}

test(
  'a worker that was taken over cannot take over others, nor those that come for one it killed',
  asRoot,
  async (t) => {
    const lab = await startLab(t);
    lab.link.publish(table(1, [], []));
    await until('acknowledged', () => lab.link.settled());
    for (const victim of processesOf(lab).workers) {
      process.kill(victim, 'SIGKILL');
      await until('replaced', () => isReplaced(lab.link, victim));
      const { supervisor, nursery, workers } = processesOf(lab);
      assert.deepEqual(whatItReaches([supervisor, nursery, ...workers]), []);
    }
  },
);

/** What the stand-in for a data plane imports. */
const PARTS = [
  ...['src/core', 'src/dataplane', 'src/telemetry', 'src/identity', 'src/node/port-holder.ts'],
  ...['tests/e2e/dataplane/support', 'package.json'],
];

/** This checkout once more, where only root can read it. */
function hiddenCheckout(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'orca-hidden-')); // 0700
  finallyDo(t, () => rmSync(home, { recursive: true, force: true }));
  const from = fileURLToPath(new URL('../../..', import.meta.url));
  for (const part of PARTS) {
    mkdirSync(dirname(join(home, part)), { recursive: true });
    cpSync(join(from, part), join(home, part), { recursive: true });
  }
  for (const name of ['pino', 'dns-packet'].flatMap((one) => [one, ...dependencies(from, one)])) {
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
    http: () => ({ host: '::', port }),
    command: [process.execPath, entry],
    args: ({ httpFd: fd }) => ['ingress', '--data', dir, '--http-fd', String(fd)],
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
