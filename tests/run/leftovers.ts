import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `leftovers.ts note FILE` before a run, `leftovers.ts check FILE` after it: what the run has left on the machine is printed,
 * and makes the exit code 1. Processes are known by ORCA_TEST_RUN in their environment, the rest by not having been there.
 */
interface Traces {
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly mounts: readonly string[];
  readonly controlGroups: readonly string[];
  readonly files: readonly string[];
}

const main = ([verb, file = '']: readonly string[]): void => {
  if (verb === 'note') {
    writeFileSync(file, JSON.stringify(traces()));
    return;
  }
  const left = [...leftProcesses(), ...newTraces(JSON.parse(readFileSync(file, 'utf8')) as Traces, traces())];
  for (const line of left) console.log(`left behind: ${line}`);
  if (left.length > 0) process.exitCode = 1;
};

const traces = (): Traces => ({
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
  (Object.keys(after) as (keyof Traces)[]).flatMap((kind) => {
    const known = new Set(before[kind]);
    return [...new Set(after[kind])]
      .filter((name) => !known.has(name) && !isEmptyLab(name))
      .map((name) => `${kind}: ${name}`);
  });

const isEmptyLab = (name: string): boolean => name === 'orca-lab' && list(join(tmpdir(), name)).length === 0;

/** Processes of this run but this one and those that lead to it. */
const leftProcesses = (): string[] => {
  const mark = `ORCA_TEST_RUN=${process.env['ORCA_TEST_RUN']}`;
  const mine = ancestors(process.pid);
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && !mine.has(Number(name)))
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(mark))
    .map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).split('\0').join(' ')}`);
};

const ancestors = (pid: number): Set<number> => {
  const found = new Set<number>();
  for (let at = pid; at > 1 && !found.has(at); ) {
    found.add(at);
    const stat = read(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }
  return found;
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

main(process.argv.slice(2));
