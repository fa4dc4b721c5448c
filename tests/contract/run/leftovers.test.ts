import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, it } from 'node:test';
import { startTime } from '../../lab/command.ts';
import { until } from '../../lab/until.ts';

const MARK = 'run-of-the-leftovers-test';
const script = join(import.meta.dirname, '../../run/leftovers.ts');
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'orca-left-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** In a network of its own, where `prepare` has left something. */
const check = (prepare: string) => {
  const enter = ['--net', '--mount', 'bash', '-euc'];
  const look = `mount -t sysfs sysfs /sys; ${prepare}; exec "$0" "$1" 0`;
  const env = { PATH: process.env['PATH'], ORCA_TEST_RUN: MARK, TMPDIR: folder };
  return spawnSync('unshare', [...enter, look, process.execPath, script], { env, encoding: 'utf8' });
};

/** Of this process, so that no sweep takes it away. */
const inMemory = (mark: string): string =>
  mkdtempSync(`/dev/shm/orca-cluster-${process.pid}-${startTime(process.pid)}-${mark}-`);

it('does not blame a run for what others make on the machine meanwhile', () => {
  const stranger = spawn('sleep', ['60'], { env: { ORCA_TEST_RUN: `${MARK}-not` } });
  const strange = inMemory(`${MARK}-not`);
  try {
    const { stdout, status } = check('ip link add orca-br type bridge; ip link add ol77 type veth peer name ol78');
    assert.deepEqual([stdout, status], ['', 0]);
  } finally {
    stranger.kill();
    rmSync(strange, { recursive: true });
  }
});

it('names what the run itself left, by its mark, and ends its processes', async () => {
  mkdirSync(join(folder, 'orca-forgotten'));
  writeFileSync(join(folder, 'not-a-test-file'), '');
  const marked = spawn('sleep', ['60'], { env: { ORCA_TEST_RUN: MARK } });
  const unmarked = spawn('tail', ['-f', join(folder, 'not-a-test-file')], { env: {} });
  const memory = inMemory(MARK);
  const { stdout, status } = check(
    `ip link add mine type bridge; ip link set mine alias ${MARK}; mount -t tmpfs t ${folder}/orca-forgotten`,
  );
  rmSync(memory, { recursive: true });
  assert.equal(status, 1);
  assert.deepEqual(
    stdout.slice(0, -1).split('\n').sort(),
    [
      'left behind: file orca-forgotten',
      `left behind: folder in memory ${basename(memory)}`,
      'left behind: interface mine',
      `left behind: mount ${folder}/orca-forgotten`,
      `left behind: process ${marked.pid}: sleep 60 `,
      `left behind: process ${unmarked.pid}: tail -f ${folder}/not-a-test-file `,
    ].sort(),
  );
  await until('both to be ended', () => [marked, unmarked].every(({ pid = 0 }) => startTime(pid) === undefined));
});

it('is preceded by a sweep, which removes what tests had in memory that were killed', async () => {
  const program = `import { claimMemoryFolder } from '${join(import.meta.dirname, '../../lab/memory-folder.ts')}';
console.log(claimMemoryFolder()); setInterval(() => {}, 1000);`;
  const tested = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = await once(tested.stdout, 'data');
  const dir = String(text).trim();
  const sweep = () => spawnSync(process.execPath, [join(import.meta.dirname, '../../lab/sweep.ts')]);
  sweep();
  assert.equal(existsSync(dir), true);
  tested.kill('SIGKILL');
  await once(tested, 'exit');
  sweep();
  assert.equal(existsSync(dir), false);
});
