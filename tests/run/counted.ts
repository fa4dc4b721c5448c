import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { countedIn } from '../lab/cpu.ts';
import { groupOf } from './cpu.ts';

/**
 * What `suite.ts` has each process of a test import first, with the run's name as `?run=`: the process goes to a control group
 * of its own, in which all that it starts is counted with it. Where that cannot be done, nothing is counted.
 */
function count(run: string): void {
  // nothing that it forks is to do the same
  process.execArgv = process.execArgv.filter((word, at, all) => ![word, all[at + 1]].includes(import.meta.url));
  const folder = countedIn(groupOf(run, process.pid, relative(process.cwd(), process.argv[1] ?? '')));
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cgroup.procs'), String(process.pid));
  } catch {
    // no root, or control groups that cannot be written
  }
}

if (isMainThread) count(new URL(import.meta.url).searchParams.get('run') ?? '');
