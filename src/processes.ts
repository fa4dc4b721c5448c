import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProcessRole } from './config/settings.ts';

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since boot: tells a process from a later one with its number. */
  readonly startTime: string;
}

/**
 * The processes of one role that name this data folder on their command line, by /proc. Workers of a data plane are
 * among them; they have another one of the list as their parent.
 */
export const findProcesses = (role: ProcessRole, data: string): RunningProcess[] => {
  const folder = realPath(data);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => runs(pid, role, folder))
    .flatMap((pid) => readStat(pid) ?? []);
};

/** False for a process that has ended, also if nobody has waited for it yet. */
export const isRunning = ({ pid, startTime }: RunningProcess): boolean =>
  readStat(String(pid))?.startTime === startTime;

const runs = (pid: string, role: ProcessRole, folder: string): boolean => {
  const words = read(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
  const at = words.findIndex((word, i) => /(^|\/)main\.[jt]s$/.test(word) && words[i + 1] === role);
  if (at < 0) return false;
  const named = words.findIndex((word) => word === '--data' || word.startsWith('--data='));
  const data = words[named] === '--data' ? words[named + 1] : words[named]?.slice('--data='.length);
  return data !== undefined && realPath(resolve(workingFolder(pid), data)) === folder && !words.includes('--stop');
};

/** proc_pid_stat(5): state, parent and start time are the 3rd, 4th and 22nd field; the 2nd may contain anything. */
const readStat = (pid: string): RunningProcess | undefined => {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[17];
  if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
  return { pid: Number(pid), parent: Number(parent), startTime };
};

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it ended meanwhile
  }
};

const workingFolder = (pid: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '/';
  }
};

const realPath = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};
