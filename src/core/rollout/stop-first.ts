import { sharedPort } from './claims.ts';
import { isCurrent } from './judge.ts';
import type { ServiceView, TaskView } from './observed.ts';

/** Slots that cannot run twice: an old task holds a host port that the target wants, and two cannot publish it. */
export const isStopFirst = (view: ServiceView): boolean =>
  view.tasks.some((seen) => !isCurrent(view, seen) && isInTheWay(view, seen));

/** While it is there no task of the target can start. Of a revision that is neither target nor `from` the worst is supposed. */
export function isInTheWay({ target, from }: ServiceView, { task }: TaskView): boolean {
  if (task.phase === 'ended') return false;
  if (task.hash === from?.hash) return sharedPort(target.spec, from.spec) !== undefined;
  return target.spec.ports.length > 0;
}
