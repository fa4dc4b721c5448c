import type { CutOver, Deployment } from '../model/deployment.ts';
import type { Task } from '../model/task.ts';
import { runningContainer } from './health.ts';
import type { TaskView } from './observed.ts';
import type { Step } from './step.ts';
import { take, type Verdict } from './verdict.ts';

/** A cut-over that not all records of tasks know of yet. */
export const unfinishedCut = (deployment: Deployment | undefined): CutOver | undefined =>
  deployment?.cutOver?.done ? undefined : deployment?.cutOver;

/**
 * Whether the table is to route to a task. In the middle of a cut-over one record decides for all tasks at once: those of
 * many are more than fit in one transaction, and a table made between two of them would mix both sets.
 *
 * @param wanted slots
 */
export const isToBeRouted = (task: Task, cut: CutOver | undefined, wanted: number): boolean =>
  task.phase === 'run' &&
  task.release === undefined &&
  (cut ? task.hash === cut.hash && task.slot <= wanted : task.routed);

/** After the cut-over the records follow the table, which does not change by that. Nothing else is done meanwhile. */
export function finishCut(tasks: readonly TaskView[], deployment: number, cut: CutOver, wanted: number): Verdict {
  const behind = tasks.filter(({ task }) => task.routed !== isToBeRouted(task, cut, wanted) && task.phase === 'run');
  if (behind.length > 0) return take(...behind.map(follow));
  return take({ kind: 'cut-over-done', deployment, reason: 'every task is where the switch has put it' });
}

function follow(seen: TaskView): Step {
  const { task } = seen;
  const subject = { task: task.id, slot: task.slot };
  if (task.routed) return { kind: 'unroute', ...subject, reason: 'all tasks were switched from in one step' };
  const start = runningContainer(seen)?.startedAt;
  return { kind: 'route', ...subject, start, reason: 'all tasks were switched to in one step' };
}
