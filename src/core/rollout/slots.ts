import { orderOf } from '../elapsed.ts';
import { byEnd } from '../model/task.ts';
import { isCurrent, isReady, isSwitchedIn, lifeOf } from './judge.ts';
import type { ServiceView, TaskView } from './observed.ts';

/** One numbered place with what is in it. */
export interface Slot {
  readonly number: number;
  /** The one task of the target that stays; the best if there are several. */
  readonly current?: TaskView | undefined;
  /** Further tasks of the target: there should be none. */
  readonly doubles: readonly TaskView[];
  /** Tasks of other revisions that still run. */
  readonly old: readonly TaskView[];
  /** Tasks on their way out. */
  readonly stopping: readonly TaskView[];
  /** Tasks that died without orca's word and are not buried yet. */
  readonly dead: readonly TaskView[];
  /** Ended ones that count, the last first. */
  readonly ended: readonly TaskView[];
}

/** The slots `1..replicas`, each with its tasks, and the tasks that have no slot any more. */
export function slotsOf(view: ServiceView, replicas: number, now: number): readonly Slot[] {
  const bySlot = Map.groupBy(view.tasks, (seen) => seen.task.slot);
  return Array.from({ length: replicas }, (_, index) => slotOf(index + 1, bySlot.get(index + 1) ?? [], view, now));
}

function slotOf(number: number, tasks: readonly TaskView[], view: ServiceView, now: number): Slot {
  const lives = Map.groupBy(tasks, (seen) => lifeOf(seen, view, now));
  const running = [...(lives.get('alive') ?? []), ...(lives.get('assigned') ?? []), ...(lives.get('unknown') ?? [])];
  const mine = running.filter((seen) => isCurrent(view, seen)).sort(best(view, now));
  return {
    number,
    current: mine[0],
    doubles: mine.slice(1),
    old: running.filter((seen) => !isCurrent(view, seen)).sort(byId),
    stopping: lives.get('stopping') ?? [],
    dead: lives.get('dead') ?? [],
    ended: [...(lives.get('ended') ?? [])].filter((seen) => counts(view, seen, now)).sort(lastEnd(now)),
  };
}

/** A rollout runs anew what ran before it, in a slot as in the back-off; the way back takes all for what it was. */
function counts({ deployment }: ServiceView, { task }: TaskView, now: number): boolean {
  if (!deployment || deployment.failure) return true;
  if (deployment.endsFrom !== undefined) return (task.deployment ?? 0) >= deployment.endsFrom;
  return deployment.endsSince === undefined || task.assignedAt >= orderOf(deployment.endsSince, now);
}

const best = (view: ServiceView, now: number) => (a: TaskView, b: TaskView) =>
  rankOf(view, now, b) - rankOf(view, now, a) || byId(a, b);

/** Of several tasks that could stay, the one that serves is kept; only stored facts decide between equals. */
function rankOf(view: ServiceView, now: number, seen: TaskView): number {
  return (isSwitchedIn(view, seen) ? 4 : 0) + (isReady(view, seen, now) ? 2 : 0) + (seen.task.routed ? 1 : 0);
}

export const byId = (a: TaskView, b: TaskView): number =>
  a.task.assignedAt - b.task.assignedAt || (a.task.id < b.task.id ? -1 : 1);
const lastEnd =
  (now: number) =>
  (a: TaskView, b: TaskView): number =>
    byEnd(b.task, a.task, now) || byId(b, a);
