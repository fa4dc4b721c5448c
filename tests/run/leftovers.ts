import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * `leftovers.ts note FILE` before a run, `leftovers.ts check FILE` after it: what the run has left on the machine is printed,
 * and makes the exit code 1; its processes are ended. Processes are known by ORCA_TEST_RUN in their environment, or by running this checkout's code since;
 * the rest by not having been there.
 */
interface Traces {
  /** Clock ticks since boot. */
  readonly at: number;
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly mounts: readonly string[];
  readonly controlGroups: readonly string[];
  readonly files: readonly string[];
}

/** What goes with a namespace the kernel takes away a moment after its last process, ms. */
const MAY_TAKE = 10_000;

const main = async ([verb, file = '']: readonly string[]): Promise<void> => {
  if (verb === 'note') {
    writeFileSync(file, JSON.stringify(traces()));
    return;
  }
  const before = JSON.parse(readFileSync(file, 'utf8')) as Traces;
  let left = leftSince(before);
  for (const until = Date.now() + MAY_TAKE; left.lines.length > 0 && Date.now() < until; left = leftSince(before))
    await delay(200);
  for (const line of left.lines) console.log(`left behind: ${line}`);
  for (const { pid, marked } of left.processes) if (marked) end(Number(pid));
  if (left.lines.length > 0) process.exitCode = 1;
};

const leftSince = (before: Traces) => {
  const processes = leftProcesses(before.at);
  const lines = [...processes.map(({ pid, command }) => `process ${pid}: ${command}`), ...newTraces(before, traces())];
  return { processes, lines };
};

const end = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
};

const traces = (): Traces => ({
  at: Number(statOf(process.pid)[19]),
  namespaces: list('/run/netns'),
  links: list('/sys/class/net'),
  mounts: readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? ''),
  controlGroups: ['', ...list('/sys/fs/cgroup')].flatMap((h) => list(join('/sys/fs/cgroup', h))).filter(isOurs),
  // the images that the lab made are kept for the next run
  files: list(tmpdir()).filter((name) => isOurs(name) && !name.startsWith('orca-run-') && name !== 'orca-lab-images'),
});

const isOurs = (name: string): boolean => name.startsWith('orca-');

const newTraces = (before: Traces, after: Traces): string[] =>
  (['namespaces', 'links', 'mounts', 'controlGroups', 'files'] as const).flatMap((kind) => {
    const known = new Set(before[kind]);
    return [...new Set(after[kind])]
      .filter((name) => !known.has(name) && !isEmptyLab(name))
      .map((name) => `${kind}: ${name}`);
  });

const isEmptyLab = (name: string): boolean => name === 'orca-lab' && list(join(tmpdir(), name)).length === 0;

interface LeftProcess {
  readonly pid: string;
  readonly command: string;
  readonly marked: boolean;
}

/** Processes of this run but this one and those that lead to it. Data planes are started with an empty environment. */
const leftProcesses = (since: number): LeftProcess[] => {
  const mark = `ORCA_TEST_RUN=${process.env['ORCA_TEST_RUN']}`;
  const code = new RegExp(`${import.meta.dirname.replace(/tests\/run$/, '')}(src|dist)/`);
  const mine = ancestors(process.pid);
  const isNew = (pid: string): boolean => Number(statOf(Number(pid))[19]) >= since;
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && !mine.has(Number(name)))
    .map((pid) => ({
      pid,
      command: read(`/proc/${pid}/cmdline`).split('\0').join(' '),
      marked: read(`/proc/${pid}/environ`).split('\0').includes(mark),
    }))
    .filter(({ pid, command, marked }) => marked || (code.test(command) && isNew(pid)));
};

const ancestors = (pid: number): Set<number> => {
  const found = new Set<number>();
  for (let at = pid; at > 1 && !found.has(at); at = Number(statOf(at)[1])) found.add(at);
  return found;
};

/** From its state on, proc_pid_stat(5): 1 is the parent, 19 the start time. */
const statOf = (pid: number): string[] => {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

const list = (folder: string): string[] => {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
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
