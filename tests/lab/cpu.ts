import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const base = '/sys/fs/cgroup';

/** cgroup v2 is one tree, and counts everywhere; v1 has a tree of its own for what counts CPU time. */
const isOneTree = (): boolean => existsSync(join(base, 'cgroup.controllers'));

/** The folder of a control group that counts CPU time. Its path begins with a slash, as `/proc/self/cgroup` has it. */
export const countedIn = (group: string): string => join(base, isOneTree() ? '' : 'cpuacct', group);

/** Seconds of CPU that all of a control group has used, what has ended included; 0 where there is none. */
export function cpuOf(group: string): number {
  try {
    const folder = countedIn(group);
    if (!isOneTree()) return Number(readFileSync(join(folder, 'cpuacct.usage'), 'utf8')) / 1e9;
    return Number(/^usage_usec (\d+)$/m.exec(readFileSync(join(folder, 'cpu.stat'), 'utf8'))?.[1] ?? 0) / 1e6;
  } catch {
    return 0;
  }
}
