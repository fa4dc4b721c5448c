import { exclusiveToTask } from '../claims/claim.ts';
import { sharedMount } from '../claims/mounts.ts';
import { isCurrent } from './judge.ts';
import type { Sight, TaskView } from './observed.ts';
import type { Slot } from './slot.ts';

/** Some slot cannot run twice: an old task holds what the target wants and only one task can have, such as a host port. */
export const isStopFirst = (sight: Sight): boolean =>
  sight.tasks.some((seen) => !isCurrent(sight, seen) && isInTheWay(sight, seen));

type Leaving = Pick<Slot, 'old' | 'stopping' | 'dead'>;

/** The slot is one that cannot run twice, or was, and is being filled again. */
export const isBlocked = (sight: Sight, slot: Leaving): boolean =>
  leavingFrom(slot).some((seen) => isInTheWay(sight, seen)) || (slot.old.length === 0 && isStopFirst(sight));

/** What is in a slot beside the target's task. */
export const leavingFrom = ({ old, stopping, dead }: Leaving): readonly TaskView[] => [...stopping, ...dead, ...old];

/** While it is there no task of the target can start. Of a revision that is neither target nor `from` the worst is supposed. */
export function isInTheWay({ target, from }: Sight, seen: TaskView): boolean {
  const { task } = seen;
  if (task.phase === 'ended') return false;
  const other = task.hash === from?.hash ? from.spec : target.spec;
  const exclusive = isNextElsewhere(seen) ? sharedMount : exclusiveToTask;
  return exclusive(target.spec, other) !== undefined;
}

/** Whatever takes its place is on another node: what is once on each is in nobody's way. */
const isNextElsewhere = ({ leaves, isAway }: TaskView): boolean => leaves !== undefined || isAway === true;
