import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cgroupOf, engineList } from '../lab/leftovers.ts';
import { memoryFoldersOf } from '../lab/memory-folder.ts';

/**
 * After a run: prints what the run has left on the machine, ends its processes, and exits with 1 if there was anything.
 * Only what carries the run's mark counts, so that others may use the machine meanwhile. ORCA_TEST_RUN is the mark of
 * processes (in the environment), interfaces (as alias) and folders in memory (in the name); files and mounts lie below TMPDIR, which tests/run.sh makes for
 * the run alone, and so does the list of the lab's engines, by which control groups are known. A data plane has an empty
 * environment: its command line names a folder there.
 */
const mark = process.env['ORCA_TEST_RUN'] ?? '';

/** What goes with a namespace the kernel takes away a moment after its last process: seconds, unless told otherwise. */
const MAY_TAKE = '10';

const main = async ([seconds = MAY_TAKE]: readonly string[]): Promise<void> => {
  if (mark === '') throw new Error('ORCA_TEST_RUN names no run');
  let left = leftNow();
  for (const until = Date.now() + Number(seconds) * 1000; left.lines.length > 0 && Date.now() < until; left = leftNow())
    await delay(200);
  for (const line of left.lines) console.log(`left behind: ${line}`);
  for (const { pid } of left.processes) end(Number(pid));
  if (left.lines.length > 0) process.exitCode = 1;
};

const leftNow = () => {
  const processes = leftProcesses();
  const lines = [
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...links().map((name) => `interface ${name}`),
    ...mounts().map((path) => `mount ${path}`),
    ...controlGroups().map((path) => `control group ${path}`),
    ...files().map((name) => `file ${name}`),
    ...memoryFoldersOf(mark).map((name) => `folder in memory ${name}`),
  ];
  return { processes, lines };
};

const end = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
};

const links = (): string[] =>
  list('/sys/class/net').filter((name) => read(`/sys/class/net/${name}/ifalias`).trim() === mark);

/** The fifth field is where it is mounted, proc_pid_mountinfo(5). */
const mounts = (): string[] =>
  read('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${tmpdir()}/`));

/** cgroup v1 has a folder per controller, v2 is one tree. */
const controlGroups = (): string[] =>
  ['', ...list('/sys/fs/cgroup')]
    .map((hierarchy) => join('/sys/fs/cgroup', hierarchy))
    .flatMap((hierarchy) => list(hierarchy).map((name) => join(hierarchy, name)))
    .filter((path) => engines().some((name) => path.endsWith(cgroupOf(name))));

const engines = (): string[] => read(engineList()).split('\n').filter(Boolean);

const files = (): string[] =>
  list(tmpdir()).filter((name) => isOurs(name) && !(name === 'orca-lab' && list(join(tmpdir(), name)).length === 0));

/** The images that the lab made go with the folder; what Node or the system keeps there is not a test's. */
const isOurs = (name: string): boolean => name.startsWith('orca-') && name !== 'orca-lab-images';

/** Processes of this run but this one and those that lead to it. */
const leftProcesses = () => {
  const mine = ancestors(process.pid);
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && !mine.has(Number(name)))
    .map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`).split('\0').join(' ') }))
    .filter(({ pid, command }) => isMarked(pid) || command.includes(`${tmpdir()}/`));
};

const isMarked = (pid: string): boolean => read(`/proc/${pid}/environ`).split('\0').includes(`ORCA_TEST_RUN=${mark}`);

const ancestors = (pid: number): Set<number> => {
  const found = new Set<number>();
  for (let at = pid; at > 1 && !found.has(at); at = parentOf(at)) found.add(at);
  return found;
};

/** The second field after the name, proc_pid_stat(5). */
const parentOf = (pid: number): number => {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
};

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return []; // a file, or gone meanwhile
  }
};

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

await main(process.argv.slice(2));
