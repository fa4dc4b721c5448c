import { readOwnProcess } from '../../telemetry/own-process.ts';
import { type Samples, sample } from './samples.ts';

/** Of the server's own process. */
export function processSamples(): Samples {
  const own = readOwnProcess();
  return {
    process_cpu_seconds_total: [sample(own.cpuSeconds)],
    process_resident_memory_bytes: [sample(own.residentBytes)],
    process_start_time_seconds: [sample(own.startedAt)],
    process_open_fds: own.openFiles === undefined ? [] : [sample(own.openFiles)],
    nodejs_heap_size_used_bytes: [sample(own.heapUsedBytes)],
    nodejs_heap_size_total_bytes: [sample(own.heapTotalBytes)],
    nodejs_external_memory_bytes: [sample(own.externalBytes)],
    nodejs_eventloop_active_seconds_total: [sample(own.activeSeconds)],
    nodejs_eventloop_idle_seconds_total: [sample(own.idleSeconds)],
  };
}
