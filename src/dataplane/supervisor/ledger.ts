import type { TargetStats } from '../../core/route/protocol.ts';

/** The workers' counters, summed. What a dead worker counted stays in the sums; what it had in flight was cut, so it failed. */
export interface Ledger {
  /** The whole of one worker's counters. */
  report(worker: number, targets: readonly TargetStats[]): void;
  close(worker: number): void;
  /** Forgets finished counters of tasks that are not wanted any more. */
  keep(tasks: ReadonlySet<string>): void;
  /** Ordered by task; those of one that nothing came to are the same object as before. */
  totals(): readonly TargetStats[];
  inflight(task: string): number;
}

export function createLedger(): Ledger {
  const live = new Map<number, ReadonlyMap<string, TargetStats>>();
  const dead = new Map<string, TargetStats>();
  let wanted: ReadonlySet<string> = new Set();
  let told: ReadonlyMap<string, TargetStats> = new Map();

  const sums = (): Map<string, TargetStats> => {
    const all = new Map(dead);
    for (const targets of live.values()) {
      for (const stats of targets.values()) all.set(stats.task, add(all.get(stats.task), stats));
    }
    return all;
  };

  const inflight = (task: string): number => {
    let sum = 0;
    for (const targets of live.values()) sum += targets.get(task)?.inflight ?? 0;
    return sum;
  };

  return {
    report(worker, targets) {
      live.set(worker, new Map(targets.map((stats) => [stats.task, stats])));
    },
    close(worker) {
      for (const stats of live.get(worker)?.values() ?? []) {
        dead.set(stats.task, add(dead.get(stats.task), ended(stats)));
      }
      live.delete(worker);
    },
    keep(tasks) {
      wanted = tasks;
      for (const task of dead.keys()) if (!tasks.has(task)) dead.delete(task);
    },
    totals: () => {
      const totals = [...sums().values()]
        .filter(({ task, inflight: now, streams }) => wanted.has(task) || now > 0 || streams > 0)
        .sort((a, b) => (a.task < b.task ? -1 : 1))
        .map((stats) => toldAs(told.get(stats.task), stats));
      told = new Map(totals.map((stats) => [stats.task, stats]));
      return totals;
    },
    inflight,
  };
}

const ended = (stats: TargetStats): TargetStats => ({
  ...stats,
  inflight: 0,
  streams: 0,
  failed: stats.failed + stats.inflight,
});

const toldAs = (before: TargetStats | undefined, now: TargetStats): TargetStats =>
  before &&
  before.inflight === now.inflight &&
  before.streams === now.streams &&
  before.requests === now.requests &&
  before.errors === now.errors &&
  before.failed === now.failed
    ? before
    : now;

const add = (a: TargetStats | undefined, b: TargetStats): TargetStats =>
  a
    ? {
        task: b.task,
        inflight: a.inflight + b.inflight,
        streams: a.streams + b.streams,
        requests: a.requests + b.requests,
        errors: a.errors + b.errors,
        failed: a.failed + b.failed,
      }
    : b;
