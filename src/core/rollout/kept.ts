import { isOver } from '../elapsed.ts';
import type { Task } from '../model/task.ts';
import { hasServed, isFailing, nameOf } from './judge.ts';
import type { ServiceView, Sight, TaskView } from './observed.ts';
import { retire } from './retire.ts';
import type { Slot } from './slot.ts';
import { nothing, take, type Verdict, wait } from './verdict.ts';

/** Until when it is kept. Epoch ms. */
export const keptUntil = ({ kept, phase }: Task): number | undefined =>
  kept && phase === 'run' ? kept.at + kept.ms : undefined;

/** A kept task of another revision than the wanted one: its time is not over, or it makes room. */
export function tendKept(view: ServiceView, seen: TaskView, now: number): Verdict {
  const { task } = seen;
  if (seen.leaves !== undefined) return retire(view, seen, seen.leaves, now);
  if (isInNextOnesWay(view, task))
    return retire(view, seen, `${nameOf(seen)} was kept, and makes room for revision ${view.target.number}`, now);
  if (view.deployment || !task.kept) return nothing;
  const { at, ms } = task.kept;
  return isOver(at, ms, now)
    ? retire(view, seen, `${nameOf(seen)} was kept for as long as it was to be`, now)
    : wait(`${nameOf(seen)} is kept`, at + ms);
}

/** Another deployment than the one that keeps it brings another revision: three sets are more than anybody reckons with. */
const isInNextOnesWay = ({ deployment, target, from }: ServiceView, { hash }: Task): boolean =>
  deployment !== undefined && target.hash !== undefined && hash !== from?.hash;

/** Kept tasks of the slot go first, and are not gone yet. */
export const isMakingRoom = (view: ServiceView, { kept, stopping }: Slot): boolean =>
  kept.some(({ task }) => isInNextOnesWay(view, task)) || stopping.some(({ task }) => task.kept !== undefined);

/** Old tasks that the deployment is to leave running, and has not said so of yet. */
export function keep(old: readonly TaskView[], { deployment, target, from }: Sight): Verdict {
  const { keep: ms = 0 } = target.spec.deploy;
  if (deployment?.strategy !== 'blue-green' || ms === 0) return nothing;
  const fresh = old.filter(
    ({ task, leaves }) => task.hash === from?.hash && task.kept === undefined && leaves === undefined,
  );
  const reason = `it is kept, to be switched back to`;
  return take(...fresh.map(({ task }) => ({ kind: 'keep' as const, task: task.id, slot: task.slot, ms, reason })));
}

/** Whether tasks of the wanted revision were kept. */
export const areKept = (slots: readonly Slot[]): boolean => slots.some(({ current }) => current?.task.kept);

/** Every slot has a task of the wanted revision that has served, of which nothing bad is known. */
export const areWhole = (sight: Sight, slots: readonly Slot[], now: number): boolean =>
  slots.every(({ current }) => current && hasServed(current) && !isFailing(sight, current, now));
