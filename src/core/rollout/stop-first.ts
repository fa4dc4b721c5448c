import { sharedPort } from './claims.ts';
import { isCurrent } from './judge.ts';
import type { ServiceView, TaskView } from './observed.ts';
import type { Slot } from './slot.ts';

/** Some slot cannot run twice: an old task holds a host port that the target wants, and two cannot publish it. */
export const isStopFirst = (view: ServiceView): boolean =>
  view.tasks.some((seen) => !isCurrent(view, seen) && isInTheWay(view, seen));

type Leaving = Pick<Slot, 'old' | 'stopping' | 'dead'>;

/** The slot is one that cannot run twice, or was, and is being filled again. */
export const isBlocked = (view: ServiceView, slot: Leaving): boolean =>
  leavingFrom(slot).some((seen) => isInTheWay(view, seen)) || (slot.old.length === 0 && isStopFirst(view));

/** What is in a slot beside the target's task. */
export const leavingFrom = ({ old, stopping, dead }: Leaving): readonly TaskView[] => [...stopping, ...dead, ...old];

/** While it is there no task of the target can start. Of a revision that is neither target nor `from` the worst is supposed. */
export function isInTheWay({ target, from }: ServiceView, { task }: TaskView): boolean {
  if (task.phase === 'ended') return false;
  if (task.hash === from?.hash) return sharedPort(target.spec, from.spec) !== undefined;
  return target.spec.ports.length > 0;
}
