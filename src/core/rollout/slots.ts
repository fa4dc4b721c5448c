import { orderOf } from '../elapsed.ts';
import { goesBackSince } from '../model/deployment.ts';
import { byEnd } from '../model/task.ts';
import { hasServed, isCurrent, isInTables, isReady, lifeOf } from './judge.ts';
import type { Sight, TaskView } from './observed.ts';
import type { Slot } from './slot.ts';
import { type Stage, stageOf } from './stage.ts';
import { isBlocked } from './stop-first.ts';

/** The slots `1..replicas`, each with its tasks, and the tasks that have no slot any more. */
export function slotsOf(sight: Sight, replicas: number, now: number): readonly Slot[] {
  const bySlot = Map.groupBy(sight.tasks, (seen) => seen.task.slot);
  return Array.from({ length: replicas }, (_, index) => slotOf(index + 1, bySlot.get(index + 1) ?? [], sight, now));
}

function slotOf(number: number, tasks: readonly TaskView[], sight: Sight, now: number): Slot {
  const lives = Map.groupBy(tasks, (seen) => lifeOf(seen, now));
  const running = [...(lives.get('alive') ?? []), ...(lives.get('assigned') ?? []), ...(lives.get('unknown') ?? [])];
  const mine = running.filter((seen) => isCurrent(sight, seen)).sort(best(sight, now));
  const others = running.filter((seen) => !isCurrent(sight, seen)).sort(byId);
  const contents = {
    number,
    current: mine[0],
    doubles: mine.slice(1),
    old: others.filter(({ task }) => !task.kept),
    kept: others.filter(({ task }) => task.kept),
    stopping: lives.get('stopping') ?? [],
    dead: lives.get('dead') ?? [],
    ended: [...(lives.get('ended') ?? [])].filter((seen) => counts(sight, seen, now)).sort(lastEnd(now)),
  };
  return { ...contents, stage: stageIn(sight, contents, now) };
}

type Contents = Omit<Slot, 'stage'>;

/** Of a slot without a task of the target: how the last one ended is heard before the old one is touched. */
function stageIn(sight: Sight, slot: Contents, now: number): Stage {
  if (slot.current) return stageOf(sight, slot.current, now);
  const last = slot.ended.find((seen) => isCurrent(sight, seen));
  if (last && stageOf(sight, last, now) === 'completed') return 'completed';
  if (slot.dead.some((seen) => isCurrent(sight, seen))) return 'vacant';
  const isOutdated = isBlocked(sight, slot) ? isUntouched(slot) : slot.old.some(hasServed);
  return isOutdated ? 'outdated' : 'vacant';
}

/** Of a slot that cannot run twice: its old task is there, and nothing of it has begun to go. */
const isUntouched = (slot: Contents): boolean =>
  slot.stopping.length + slot.dead.length === 0 &&
  slot.old.length > 0 &&
  slot.old.every((seen) => seen.task.routed || !hasServed(seen));

/** A rollout runs anew what ran before it, in a slot as in the back-off; the way back takes all for what it was. */
function counts({ deployment }: Sight, { task }: TaskView, now: number): boolean {
  if (!deployment || goesBackSince(deployment) !== undefined) return true;
  if (deployment.endsFrom !== undefined) return (task.deployment ?? 0) >= deployment.endsFrom;
  return deployment.endsSince === undefined || task.assignedAt >= orderOf(deployment.endsSince, now);
}

const best = (sight: Sight, now: number) => (a: TaskView, b: TaskView) =>
  rankOf(sight, now, b) - rankOf(sight, now, a) || byId(a, b);

/**
 * Of several tasks that could stay, the one that serves is kept, or could serve at once: one that is routed and answers
 * nobody does not. Only stored facts decide between equals.
 */
function rankOf(sight: Sight, now: number, seen: TaskView): number {
  const [isThere, ready] = [isInTables(sight, seen), isReady(sight, seen, now)];
  return (ready ? 4 : 0) + (isThere ? 2 : 0) + (seen.task.routed ? 1 : 0);
}

export const byId = (a: TaskView, b: TaskView): number =>
  a.task.assignedAt - b.task.assignedAt || (a.task.id < b.task.id ? -1 : 1);
const lastEnd =
  (now: number) =>
  (a: TaskView, b: TaskView): number =>
    byEnd(b.task, a.task, now) || byId(b, a);
