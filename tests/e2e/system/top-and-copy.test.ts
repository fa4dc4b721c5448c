import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const SHOP = `project: shop
services:
  web: {image: orca-test/web:1, port: 8080, domain: shop.example.com, replicas: 2, resources: {memory: 64Mi}, deploy: {monitor: 0s}}
  locked: {image: orca-test/web:1, port: 8080, read_only: true, deploy: {monitor: 0s}}
`;
const lab = useCluster({
  images: ['orca-test/web:1'],
  begin: async (orca) => {
    const { code, stdout, stderr } = await orca.orca('deploy', '-f', orca.manifest('shop', SHOP));
    assert.equal(code, 0, stdout + stderr);
  },
});

interface Used {
  readonly slot: number;
  readonly cpu_percent: number;
  readonly memory_bytes: number;
  readonly memory_limit_bytes: number;
  readonly pids: number;
  readonly reason: string | null;
}

const used = async (...args: readonly string[]): Promise<readonly Used[]> => {
  const { code, stdout, stderr } = await lab.orca.orca('top', '--json', ...args);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).tasks;
};

test('top: each task with what it uses, the machine, and a busy one by its CPU', async () => {
  const { code, stdout } = await lab.orca.orca('top');
  assert.equal(code, 0);
  assert.match(stdout, /^local: CPU [\d.]+ % of \d+ % .* memory .* of /m);
  for (const slot of [1, 2]) assert.match(stdout, new RegExp(`^web\\.${slot} +shop +[\\d.]+ .* 64 MiB `, 'm'));
  const burning = lab.orca.startOrca('exec', 'web', '--task', '2', '--', 'sh', '-c', 'while :; do :; done');
  try {
    await until('slot 2 to be the busy one', async () => {
      const [first] = await used('web', '--task', '2');
      return first?.slot === 2 && first.reason === null && first.cpu_percent > 5;
    });
  } finally {
    burning.kill('SIGKILL');
  }
});

const cp = (...args: readonly string[]) => lab.orca.orca('cp', ...args);
const sh = async (script: string, ...options: readonly string[]) =>
  (await lab.orca.orca('exec', ...options, 'web', '--', 'sh', '-c', script)).stdout;
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A folder of this machine for one test. */
function folder(name: string): string {
  const path = join(lab.engine.dir, name);
  mkdirSync(path);
  return path;
}

test('cp: a folder goes in and comes out as it was: 30 MB, modes, links', async () => {
  const here = folder('round');
  mkdirSync(join(here, 'seed/sub'), { recursive: true });
  writeFileSync(join(here, 'seed/big'), randomBytes(30_000_000));
  writeFileSync(join(here, 'seed/sub/run'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
  symlinkSync('sub/run', join(here, 'seed/link'));
  const taken = await cp(join(here, 'seed'), 'web:/tmp');
  assert.deepEqual([taken.code, taken.stdout], [0, ''], taken.stderr);
  assert.match(taken.stderr, /copied 3 files \(29 MiB\) to web\.1:\/tmp\/seed\n.*only what is on a volume stays/);
  assert.equal(await sh('stat -c %u:%g:%a /tmp/seed/sub/run; /tmp/seed/link', '--task', '1'), '0:0:755\nran\n');
  const back = await cp('web.1:/tmp/seed', join(here, 'back'));
  assert.equal(back.code, 0, back.stderr);
  assert.equal(digest(join(here, 'back/big')), digest(join(here, 'seed/big')));
  assert.equal(statSync(join(here, 'back/link')).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(here).sort(), ['back', 'seed']);
});

test('cp: by slot, through a link, as an archive', async () => {
  const here = folder('ways');
  writeFileSync(join(here, 'note'), 'for two');
  await sh('mkdir -p /tmp/real; ln -sfn /tmp/real /tmp/way', '--task', '2');
  assert.equal((await cp(join(here, 'note'), 'web.2:/tmp/way')).code, 0);
  assert.equal(await sh('cat /tmp/real/note', '--task', 'web.2'), 'for two');
  assert.equal(await sh('ls /tmp/real 2>/dev/null', '--task', '1'), '');
  const archive = lab.orca.startOrca('cp', '--task', '2', 'web:/tmp/real', '-');
  const unpacking = lab.orca.startOrca('cp', '--task', '1', '-', 'web:/tmp');
  if (archive.stdout && unpacking.stdin) archive.stdout.pipe(unpacking.stdin);
  const codes = await Promise.all(
    [archive, unpacking].map((child) => new Promise((done) => child.once('close', done))),
  );
  assert.deepEqual(codes, [0, 0]);
  assert.equal(await sh('cat /tmp/real/note', '--task', '1'), 'for two');
});

test('cp: what cannot be is refused, with the reason, and nothing is left', async () => {
  const here = folder('refused');
  writeFileSync(join(here, 'a'), 'a');
  const locked = await cp(join(here, 'a'), 'locked:/etc/a');
  assert.equal(locked.code, 8, locked.stderr);
  assert.match(locked.stderr, /marked read-only/);
  const none = await cp('web:/no/such', here);
  assert.deepEqual([none.code, /path not found in web\.1: \/no\/such/.test(none.stderr)], [1, true], none.stderr);
  await sh('mknod /tmp/pipe p', '--task', '1');
  const special = await cp('web.1:/tmp/pipe', here);
  assert.deepEqual([special.code, /\/tmp\/pipe is a device, a pipe or a socket/.test(special.stderr)], [1, true]);
  assert.deepEqual(readdirSync(here), ['a']);
  const lines = readFileSync(join(lab.orca.dir, 'audit.log'), 'utf8').trim().split('\n');
  const told = lines.map((line) => JSON.parse(line)).filter(({ path }) => /\/(archive|unpack)$/.test(path));
  const [first, second] = told;
  assert.deepEqual([first.path, first.about.path, first.result], ['/api/v1/services/web/unpack', '/tmp', 'begun']);
  assert.deepEqual([second.path, second.about.path], ['/api/v1/services/web/archive', '/tmp/seed']);
  assert.deepEqual([told.at(-1).about, told.at(-1).result], [{ path: '/etc', task: told.at(-1).about.task }, 'failed']);
});
