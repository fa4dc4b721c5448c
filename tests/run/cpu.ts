import { readdirSync, rmdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { countedIn, cpuOf } from '../lab/cpu.ts';
import { enginesCpu } from '../lab/leftovers.ts';

/** What the control groups of a run lie in, by its record: named after its folder, which is its alone. */
export const runName = (recorded: string): string => `orca-cpu-${basename(dirname(recorded))}`;

/** The control group of one process of a run, and of the file that it runs. */
export const groupOf = (run: string, pid: number, file: string): string => `/${run}/${pid} ${encodeURIComponent(file)}`;

/**
 * Seconds of CPU by file that was run, of processes and of their engines' containers. Removes the control groups: the counts are
 * read once.
 */
export function cpuByFile(recorded: string): ReadonlyMap<string, number> {
  const run = runName(recorded);
  const engines = enginesCpu();
  const used = new Map<string, number>();
  for (const name of processesOf(run)) {
    const [pid = '', file = ''] = name.split(' ');
    const containers = engines.filter(({ owner }) => owner === pid).reduce((sum, { seconds }) => sum + seconds, 0);
    const path = decodeURIComponent(file);
    used.set(path, (used.get(path) ?? 0) + cpuOf(`/${run}/${name}`) + containers);
    removed(countedIn(`/${run}/${name}`));
  }
  removed(countedIn(`/${run}`));
  return used;
}

function processesOf(run: string): readonly string[] {
  try {
    return readdirSync(countedIn(`/${run}`), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return []; // nothing was counted
  }
}

function removed(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // a process of it still runs, or there is none
  }
}
