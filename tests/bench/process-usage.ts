import { readFileSync } from 'node:fs';
import { childrenOf } from '../lab/command.ts';

/** Of Linux on every machine that orca runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time of processes so far, user and system, all threads, in seconds. proc_pid_stat(5), fields 14 and 15. */
export const cpuSeconds = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_PER_SECOND;

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Resident bytes: all of them, and with shared pages divided among those that share them. */
export interface Memory {
  readonly rss: number;
  readonly pss: number;
}

export function memoryOf(pids: readonly number[]): Memory {
  const texts = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  const sum = (field: string) =>
    texts.reduce((total, text) => total + Number(new RegExp(`^${field}: +(\\d+) kB`, 'm').exec(text)?.[1]) * 1024, 0);
  return { rss: sum('Rss'), pss: sum('Pss') };
}

/** A process and all that it has started, as they are now. */
export const treeOf = (pid: number): readonly number[] => [pid, ...childrenOf(pid).flatMap(treeOf)];
