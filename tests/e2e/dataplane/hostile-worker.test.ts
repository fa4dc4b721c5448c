import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createIngressLink } from '../../../src/controllers/ingress/link.ts';
import { handListener } from '../../../src/node/ingress/listener.ts';
import {
  ask,
  askStandIn,
  CLUSTER,
  clock,
  directory,
  finallyDo,
  freePort,
  isAlive,
  type Lab,
  quiet,
  startLab,
  statusOf,
  table,
  until,
} from './support/lab.ts';

const asRoot = { skip: process.getuid?.() !== 0 };
const FORMER = 60880;

async function serving(lab: Pick<Lab, 'link'>): Promise<void> {
  lab.link.publish(table(1, [], []));
  await until('acknowledged', () => lab.link.settled());
}

interface Report {
  readonly pid: number;
  readonly files: readonly string[];
  readonly outcomes: Readonly<Record<string, string>>;
}

const askHostile = async ({ port }: Lab, path: string): Promise<Report> => JSON.parse((await ask(port, path)).body);

test('a worker that was taken over reaches neither the folder, nor the logs, nor the supervisor', asRoot, async (t) => {
  const lab = await startLab(t, { args: ['--worker', 'hostile'] });
  await serving(lab);
  const supervisor = lab.link.connected()?.pid ?? 0;
  const ingress = join(lab.dir, 'ingress');
  const before = readdirSync(ingress).sort();
  const { outcomes, files } = await askHostile(lab, `/attack?${ingress},${supervisor},${process.pid}`);
  assert.ok(Object.keys(outcomes).length > 20);
  for (const [what, outcome] of Object.entries(outcomes)) {
    const refused = what === 'connect by the working directory' ? 'ENOENT' : /^(EACCES|EPERM)$/;
    assert.match(outcome, new RegExp(refused), what);
  }
  assert.deepEqual(
    files.filter((path) => path !== '/dev/null'),
    [],
    'it has no file open',
  );
  assert.deepEqual(readdirSync(ingress).sort(), before);
  lab.link.publish(table(2, [], []));
  await until('acknowledged', () => lab.link.settled());
  assert.equal(lab.link.connected()?.pid, supervisor);
});

test('a worker cannot acknowledge a table that it was not given: it is replaced', asRoot, async (t) => {
  const lab = await startLab(t, { args: ['--worker', 'hostile', '--workers', '1'] });
  await serving(lab);
  const tables = new Set<number | undefined>();
  lab.link.onChange(() => {
    for (const { table: used } of lab.link.workers() ?? []) tables.add(used?.revision);
  });
  const liar = lab.link.workers()?.[0]?.pid;
  await askHostile(lab, '/forge').catch(() => {});
  await until('replaced', () => lab.link.settled() && lab.link.workers()?.[0]?.pid !== liar);
  assert.deepEqual(
    [...tables].filter((revision) => revision !== undefined && revision !== 1),
    [],
  );
});

/** What each descriptor of a process leads to. */
const descriptorsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // It was closed meanwhile.
    }
  });

const shared = (a: readonly string[], b: readonly string[]): string[] => [
  ...new Set(a.filter((link) => /^(socket|pipe):/.test(link) && b.includes(link))),
];

test(
  'its processes share the listening socket and nothing else, and have no file but those meant',
  asRoot,
  async (t) => {
    const lab = await startLab(t);
    await serving(lab);
    const supervisor = lab.link.connected()?.pid ?? 0;
    const workers = (lab.link.workers() ?? []).map(({ pid }) => pid);
    const nursery = Number(statusOf(workers[0] ?? 0, 'PPid'));
    const all = [supervisor, nursery, ...workers];
    const listening = readlinkSync(`/proc/${supervisor}/fd/3`);
    const ingress = join(lab.dir, 'ingress');
    for (const pid of all) {
      const mine = descriptorsOf(pid);
      const files = mine.filter((link) => link.startsWith('/') && link !== '/dev/null').sort();
      const meant =
        pid === supervisor ? ['access.log', 'ingress.log', 'ingress.log'].map((name) => join(ingress, name)) : [];
      assert.deepEqual(files, meant);
      for (const other of [...all, process.pid]) {
        const both = other === pid ? [] : shared(mine, descriptorsOf(other));
        assert.deepEqual(both, other === process.pid || other === pid ? [] : [listening]);
      }
    }
  },
);

test('what its starter has open at a high number goes to none of its processes', async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'secret'), 'secret');
  const secret = openSync(join(dir, 'secret'), 'r');
  const link = createIngressLink({ dir, cluster: CLUSTER, term: 1, log: quiet, clock });
  finallyDo(t, () => link.close());
  const args = [
    fileURLToPath(new URL('./support/plane.ts', import.meta.url)),
    'ingress',
    '--data',
    dir,
    '--http-fd',
    '3',
  ];
  const child = await handListener({ host: '127.0.0.1', port: await freePort() }, (fd) => {
    const stdio = Array.from({ length: 41 }, (_, n) => ({ 3: fd, 40: secret })[n] ?? 'ignore');
    return spawn(process.execPath, args, { stdio });
  });
  finallyDo(t, async () => {
    child.kill();
    await once(child, 'exit');
  });
  closeSync(secret);
  link.start();
  await serving({ link });
  const workers = (link.workers() ?? []).map(({ pid }) => pid);
  for (const pid of [child.pid ?? 0, Number(statusOf(workers[0] ?? 0, 'PPid')), ...workers]) {
    assert.ok(!descriptorsOf(pid).includes(join(dir, 'secret')), String(pid));
  }
});

test('the last words of a worker are in the log that it cannot write', asRoot, async (t) => {
  const lab = await startLab(t, { args: ['--worker', 'hostile'] });
  await serving(lab);
  await ask(lab.port, '/throw').catch(() => {});
  const log = (): string => readFileSync(join(lab.dir, 'ingress', 'ingress.log'), 'utf8');
  await until('told', () => /a worker died and is replaced/.test(log()));
  assert.match(log(), /Error: the last words.*"msg":"a worker died and is replaced"/);
});

for (const how of ['killed', 'frozen'] as const) {
  test(`when the process that starts workers is ${how}, the server starts the whole anew`, asRoot, async (t) => {
    const lab = await startLab(t, { args: ['--answer', '2000'] });
    await serving(lab);
    const before = lab.link.connected()?.pid;
    const workers = (lab.link.workers() ?? []).map(({ pid }) => pid);
    const nursery = Number(statusOf(workers[0] ?? 0, 'PPid'));
    process.kill(nursery, how === 'killed' ? 'SIGKILL' : 'SIGSTOP');
    await until('another serves', () => lab.link.settled() && lab.link.connected()?.pid !== before);
    assert.equal((await askStandIn(lab.port)).table, 1);
    await until('the old ones have ended', () => ![nursery, ...workers].some(isAlive));
  });
}

/** What a worker could leave while it had the folder, before workers had a user of their own. */
const PLANTS: Readonly<Record<string, (path: string, precious: string) => void>> = {
  'a folder': (path) => mkdirSync(join(path, 'full'), { recursive: true }),
  'a pipe': (path) => execFileSync('mkfifo', [path]),
  'a link': (path, precious) => symlinkSync(precious, path),
};
const PLACES = [
  'ingress.log',
  'ingress.log.1',
  'access.log',
  'access.log.1',
  'table.json',
  'table.json.new',
  'control.sock',
];

function plantEverywhere(t: TestContext, plant: (path: string, precious: string) => void, owner: number): string {
  const dir = directory(t);
  const ingress = join(dir, 'ingress');
  mkdirSync(ingress, { mode: 0o700 });
  const precious = join(dir, 'precious');
  writeFileSync(precious, 'precious');
  for (const name of PLACES) {
    plant(join(ingress, name), precious);
    lchownSync(join(ingress, name), owner, owner);
  }
  chownSync(ingress, owner, owner);
  return dir;
}

for (const [what, plant] of Object.entries(PLANTS)) {
  for (const owner of [FORMER, 60881]) {
    test(
      `${what} in the place of each of its files, left by user ${owner}, keeps it from nothing`,
      asRoot,
      async (t) => {
        const dir = plantEverywhere(t, plant, owner);
        const lab = await startLab(t, { dir });
        await serving(lab);
        assert.equal((await askStandIn(lab.port, '/seen')).table, 1);
        const at = (name: string): string => join(dir, 'ingress', name);
        await until('logged', () => readFileSync(at('access.log'), 'utf8').includes('/seen'));
        await until('kept', () => lstatSync(at('table.json'), { throwIfNoEntry: false })?.isFile());
        assert.match(readFileSync(at('ingress.log'), 'utf8'), /the data plane is up/);
        assert.ok(lstatSync(at('control.sock')).isSocket());
        assert.equal(readFileSync(join(dir, 'precious'), 'utf8'), 'precious');
        assert.equal(lstatSync(join(dir, 'precious')).uid, 0);
      },
    );
  }
}
