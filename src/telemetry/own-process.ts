import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What this process uses now. Seconds and bytes. */
export interface OwnProcess {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Since the epoch. */
  readonly startedAt: number;
  /** Undefined where the system does not tell. */
  readonly openFiles: number | undefined;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
  /** The event loop had work. */
  readonly activeSeconds: number;
  /** It waited. */
  readonly idleSeconds: number;
}

export function readOwnProcess(): OwnProcess {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    startedAt: performance.timeOrigin / 1000,
    openFiles: countOpenFiles(),
    heapUsedBytes: heapUsed,
    heapTotalBytes: heapTotal,
    externalBytes: external,
    activeSeconds: active / 1000,
    idleSeconds: idle / 1000,
  };
}

/** One of them is that of the folder that is read. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}
