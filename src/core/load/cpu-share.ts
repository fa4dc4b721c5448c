import type { MachineSample, TaskSample } from './sample.ts';

/**
 * CPU time between two samples, in percent of one CPU, as `docker stats` counts it: two busy CPUs are 200. By what the machine
 * has run meanwhile, so no clock that is set matters.
 *
 * @returns undefined if the samples do not tell it: taken at once, or with a restart of the container between them
 */
export function cpuPercent(before: TaskSample, after: TaskSample): number | undefined {
  const [used, run] = [after.cpu - before.cpu, after.machineCpu - before.machineCpu];
  return used >= 0 && run > 0 ? (used / run) * after.cpus * 100 : undefined;
}

/** Of a machine. */
export type CpuSample = Pick<MachineSample, 'busy' | 'total' | 'cpus'>;

/** In percent of one CPU as well. */
export function machineCpuPercent(before: CpuSample, after: CpuSample): number | undefined {
  const [busy, run] = [after.busy - before.busy, after.total - before.total];
  return busy >= 0 && run > 0 ? (busy / run) * after.cpus * 100 : undefined;
}
