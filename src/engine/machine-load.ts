import { cpus, freemem, loadavg, totalmem } from 'node:os';
import type { MachineSample } from '../core/load/sample.ts';

/** This machine, by `/proc/stat`, `/proc/meminfo` and `/proc/loadavg`. */
export function readMachine(): MachineSample {
  const all = cpus();
  const spent = all.map(({ times: { user, nice, sys, idle, irq } }) => ({ idle, run: user + nice + sys + idle + irq }));
  const total = spent.reduce((sum, { run }) => sum + run, 0);
  const idle = spent.reduce((sum, one) => sum + one.idle, 0);
  const memoryTotal = totalmem();
  const [load = 0] = loadavg();
  return { busy: total - idle, total, cpus: all.length, memory: memoryTotal - freemem(), memoryTotal, load };
}
