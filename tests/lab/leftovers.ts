import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, signal, startTime } from './command.ts';
import { cpuOf } from './cpu.ts';
import { until } from './until.ts';

/** Everything of one engine is named `<pid of the test process>-<its start time>-<n>`: the name says who owns it. */
const root = (): string => join(tmpdir(), 'orca-lab');

let count = 0;

/** The names of all engines of a run, a line each: a control group is the run's own if one of them made it. */
export const engineList = (): string => join(tmpdir(), 'engines.txt');

/** Makes an empty folder that belongs to this process. */
export async function claimFolder(): Promise<{ name: string; dir: string }> {
  count += 1;
  const name = `${process.pid}-${startTime(process.pid)}-${count}`;
  const dir = join(root(), name);
  await mkdir(dir, { recursive: true, mode: 0o755 });
  if (process.env['ORCA_TEST_RUN'] !== undefined) appendFileSync(engineList(), `${name}\n`);
  return { name, dir };
}

/** Notes the network namespace, so that processes which entered it from outside can be found after a crash. */
export const noteNamespace = (dir: string, net: string): void => writeFileSync(join(dir, 'net'), net);

/** Where containers' control groups of an engine lie. */
export const cgroupOf = (name: string): string => `/orca-lab-${name}`;

/** What containers of a run's engines have used, a line an engine: their control groups go with them. */
const cpuList = (): string => join(tmpdir(), 'engines-cpu.txt');

function noteCpu(name: string): void {
  if (process.env['ORCA_TEST_RUN'] !== undefined) appendFileSync(cpuList(), `${name} ${cpuOf(cgroupOf(name))}\n`);
}

/** Seconds of CPU in containers, by the process whose engine it was. */
export const enginesCpu = (): readonly { readonly owner: string; readonly seconds: number }[] =>
  existsSync(cpuList())
    ? readFileSync(cpuList(), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => ({ owner: line.split('-')[0] ?? '', seconds: Number(line.split(' ')[1]) }))
    : [];

/** Removes what dead test processes left behind; living ones are not touched. */
export async function sweep(): Promise<void> {
  if (!existsSync(root())) return;
  for (const name of readdirSync(root())) {
    if (!isOwned(name)) await removeTraces(name);
  }
}

/** Ends the processes left in an engine's namespace and removes its control groups and folder. */
export async function removeTraces(name: string): Promise<void> {
  const dir = join(root(), name);
  await endProcesses(readNamespace(dir));
  noteCpu(name);
  for (const hierarchy of cgroupHierarchies()) removeCgroup(join(hierarchy, cgroupOf(name)));
  for (const path of mountsIn(dir)) await run(['umount', '--lazy', path]);
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

/** Disks of a size, mounted in the folder where all see them; the innermost first. */
const mountsIn = (dir: string): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${dir}/`))
    .reverse();

function isOwned(name: string): boolean {
  const [pid, started] = name.split('-');
  return started !== undefined && startTime(Number(pid)) === started;
}

function readNamespace(dir: string): string | undefined {
  try {
    return readFileSync(join(dir, 'net'), 'utf8');
  } catch {
    return undefined;
  }
}

/** Servers started with `inside` live in the machine's process namespace: they do not die with the anchor. */
async function endProcesses(net: string | undefined): Promise<void> {
  if (net === undefined || net === readlinkSync('/proc/self/ns/net')) return;
  await until('processes of the namespace to end', () => {
    const left = processesIn(net);
    for (const pid of left) signal(pid, 'SIGKILL');
    return left.length === 0;
  });
}

const processesIn = (net: string): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => netOf(pid) === net);

function netOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** cgroup v1 has a folder per controller, v2 is one tree. */
const cgroupHierarchies = (): string[] => {
  const base = '/sys/fs/cgroup';
  return [base, ...readdirSync(base, { withFileTypes: true }).map((entry) => join(base, entry.name))];
};

function removeCgroup(dir: string): void {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(dir, entry.name));
  }
  try {
    rmdirSync(dir);
  } catch {
    // Still busy: the next sweep takes it.
  }
}
