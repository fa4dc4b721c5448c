import type { PlaneTime } from '../../core/clock.ts';
import { toldHealth } from '../../core/rollout/arrival.ts';
import type { ObservedHealth } from '../../core/rollout/observed.ts';
import type { TargetHealth } from '../../core/route/protocol.ts';

type ByTask<T> = ReadonlyMap<string, T>;

/** What a data plane tells of tasks' health, each with the time at which it arrived: what is told again is as it was. */
export function createArrivals(): (
  told: readonly TargetHealth[],
  before: ByTask<ObservedHealth>,
  at: PlaneTime | undefined,
  now: number,
) => ByTask<ObservedHealth> {
  const known = new WeakMap<TargetHealth, ObservedHealth>();
  return (all, before, at, now) =>
    byTask(
      all.map((told) => {
        const found = known.get(told) ?? toldHealth(told, before.get(told.task), at, now);
        known.set(told, found);
        return found;
      }),
    );
}

export const byTask = <T extends { readonly task: string }>(items: readonly T[]): ByTask<T> =>
  new Map(items.map((item) => [item.task, item]));

/** The tasks of which the one tells otherwise than the other. */
export function differing<T extends object>(before: ByTask<T>, after: ByTask<T>): readonly string[] {
  const gone = [...before.keys()].filter((task) => !after.has(task));
  const changed = [...after].filter(([task, told]) => !isSame(before.get(task), told));
  return [...gone, ...changed.map(([task]) => task)];
}

/** By their fields, none of which is a record: thousands are compared with each message. */
function isSame<T extends object>(before: T | undefined, after: T): boolean {
  if (before === undefined || before === after) return before === after;
  for (const name in after) if (before[name] !== after[name]) return false;
  for (const name in before) if (!(name in after)) return false;
  return true;
}
