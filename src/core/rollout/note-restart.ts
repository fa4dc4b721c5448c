import { isOver } from '../elapsed.ts';
import { howEnded, lastRestart } from './endings.ts';
import { nameOf } from './judge.ts';
import type { Sight, TaskView } from './observed.ts';
import { nothing, take, type Verdict } from './verdict.ts';

/** A task that crashes again and again is told of less often: after 2, 4, 6 ... s, 5 min at most. */
const PAUSE_EACH = 2_000;
const LONGEST_PAUSE = 5 * 60_000;

/** Docker has restarted its container since that was told last: it is told, of many restarts in short time the last alone. */
export function noteRestart(sight: Sight, seen: TaskView, now: number): Verdict {
  const { task, container } = seen;
  const ending = lastRestart(seen);
  if (task.phase !== 'run' || !ending || !container || container === 'unknown') return nothing;
  const { restarted } = task;
  if (restarted?.finishedAt === ending.finishedAt) return nothing;
  const pause = Math.min(LONGEST_PAUSE, PAUSE_EACH * (restarted?.count ?? 0));
  if (restarted && !isOver(restarted.toldAt, pause, now)) return nothing;
  const { restarts: count } = container;
  const more = count - (restarted?.count ?? 0);
  const what = howEnded(sight, seen, ending);
  const reason =
    more > 1
      ? `${nameOf(seen)} was restarted ${more} times; last it ${what}`
      : `${nameOf(seen)} ${what} and was restarted`;
  return take({ kind: 'restarted', task: task.id, slot: task.slot, ending, count, reason });
}
