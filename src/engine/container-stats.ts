import type { TaskSample, Traffic } from '../core/load/sample.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import type { OwnContainers } from './own-containers.ts';

/** Docker reads some files of the kernel for it; on a busy machine that takes a second. */
const LIMIT = 5_000;

/**
 * What a container of the cluster uses, read once: `one-shot` keeps Docker from waiting a second for a sample of its own.
 * Undefined if it does not run. `GET /containers/{id}/stats`
 */
export async function readStats(
  client: DockerClient,
  containers: OwnContainers,
  name: string,
  signal?: AbortSignal,
): Promise<TaskSample | undefined> {
  const query = { stream: false, 'one-shot': true };
  const found = await containers.act(name, ({ id }) =>
    client.call(
      `tell what "${name}" uses`,
      (docker, own) => dial<StatsAnswer>(docker, `/containers/${id}/stats`, { query, signal: own }),
      { limit: LIMIT, signal },
    ),
  );
  return found && toSample(found);
}

/** Parts are missing or null where the kernel does not count them, and of a container that does not run. */
export interface StatsAnswer {
  readonly cpu_stats?: {
    readonly cpu_usage?: { readonly total_usage?: number; readonly percpu_usage?: readonly number[] | null };
    readonly system_cpu_usage?: number;
    readonly online_cpus?: number;
  };
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
  readonly pids_stats?: { readonly current?: number };
}

/** Undefined if the container does not run. */
export function toSample({
  cpu_stats: cpu,
  memory_stats: memory,
  networks,
  blkio_stats: block,
  pids_stats,
}: StatsAnswer) {
  if (!cpu?.system_cpu_usage || memory?.usage === undefined) return undefined;
  const moved = block?.io_service_bytes_recursive ?? [];
  const sample: TaskSample = {
    cpu: cpu.cpu_usage?.total_usage ?? 0,
    machineCpu: cpu.system_cpu_usage,
    cpus: cpu.online_cpus || cpu.cpu_usage?.percpu_usage?.length || 1,
    memory: withoutCache(memory.usage, memory.stats),
    memoryLimit: memory.limit ?? 0,
    network:
      networks && sum(Object.values(networks).map(({ rx_bytes, tx_bytes }) => ({ in: rx_bytes, out: tx_bytes }))),
    block: sum(
      moved.map(({ op, value }) => ({ in: /^read$/i.test(op) ? value : 0, out: /^write$/i.test(op) ? value : 0 })),
    ),
    pids: pids_stats?.current ?? 0,
  };
  return sample;
}

/** As `docker stats` counts: the first is of cgroup v1, the second of v2. */
function withoutCache(usage: number, stats: Readonly<Record<string, number>> = {}): number {
  const cache = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0;
  return cache < usage ? usage - cache : usage;
}

const sum = (all: readonly Traffic[]): Traffic =>
  all.reduce((total, one) => ({ in: total.in + one.in, out: total.out + one.out }), { in: 0, out: 0 });
