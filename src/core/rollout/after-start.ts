import { isBefore } from '../clock.ts';
import { isOver } from '../elapsed.ts';
import { freshHealth, isProbed, runningContainer } from './health.ts';
import { isReady, nameOf } from './judge.ts';
import type { Other, ServiceView, Sight, TaskView } from './observed.ts';
import { whatFor } from './others.ts';
import { retire } from './retire.ts';
import { nothing, type Verdict, wait } from './verdict.ts';

/** For this long after an engine began the order of its services is put right, ms. Later a start has other reasons. */
const WITHIN = 15 * 60_000;
/** What was there first may be about to try again when that which it needs is there at last, ms. */
const TRIES_AGAIN = 10_000;
/** As where a service says nothing of it. */
const START_PERIOD = 30_000;
const LOOK_EVERY = 500;

/** Whether the services that it depends on have to be looked at for `keepOrder`. */
export const mayBeOutOfOrder = (sight: Sight, now: number): boolean =>
  sight.target.spec.dependsOn !== undefined &&
  sight.target.spec.restart === 'always' &&
  sight.deployment === undefined &&
  sight.tasks.some((seen) => wasStartedByEngine(seen, now));

/** By an engine that began a while ago, or since; orca has not found it ready since that start, nor made it. */
function wasStartedByEngine(seen: TaskView, now: number): boolean {
  const { task, engineBegan } = seen;
  const startedAt = runningContainer(seen)?.startedAt;
  if (task.phase !== 'run' || task.routedStart === undefined) return false;
  if (!engineBegan || startedAt === undefined || startedAt === task.routedStart) return false;
  return !isOver(engineBegan.since, WITHIN, now) && !isBefore(startedAt, engineBegan.at);
}

/**
 * An engine that begins starts all its containers at once. What came up well before those that it depends on stays; what is not
 * ready though they are, or has nothing by which to tell, is started again after them. Once: then it is orca's start.
 */
export function keepOrder(view: ServiceView, seen: TaskView, now: number): Verdict {
  const started = runningContainer(seen)?.startSeenAt;
  if (!view.others || started === undefined || !mayBeOutOfOrder(view, now) || !wasStartedByEngine(seen, now))
    return nothing;
  const late = view.others.filter(({ since }) => since === undefined || since > started);
  const [first] = late;
  if (!first || late.some(({ state }) => state === 'failed') || (isProbed(view, seen) && isReady(view, seen, now)))
    return nothing;
  const reason = `${nameOf(seen)} was started with its node, and did not wait for ${whatFor(first)}`;
  const coming = late.find(({ state }) => state === 'coming');
  if (coming) return wait(`${reason}: it is started again after that, unless it is ready by then`, now + LOOK_EVERY);
  const free = isProbed(view, seen) ? patience(view, seen, late) : now;
  return isOver(free, 0, now) ? retire(view, seen, reason, now) : wait(reason, free);
}

/** Until when it may come up by itself; without end while nobody has seen it fail. */
function patience(view: ServiceView, seen: TaskView, late: readonly Other[]): number {
  const since = Math.max(...late.map((other) => other.since ?? 0));
  const { startPeriod = START_PERIOD } = view.target.spec.health ?? {};
  if (freshHealth(view, seen)?.ready !== false) return Number.POSITIVE_INFINITY;
  return Math.max(since + TRIES_AGAIN, (runningContainer(seen)?.startSeenAt ?? 0) + startPeriod);
}
