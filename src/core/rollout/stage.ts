import type { Task } from '../model/task.ts';
import { isInTables, isReady, isSettled, lifeOf } from './judge.ts';
import type { Sight, TaskView } from './observed.ts';

/**
 * How far a task of the target has come, in this order; a slot is as far as its task. A task may fall back: a ready one
 * misses its probe.
 *
 * - `gone`: it is being stopped, is dead or has ended, and does not count
 * - `outdated`: of a slot: only tasks of other revisions are in it, and nothing was done to them yet
 * - `vacant`: of a slot: it has no task of the target
 * - `unread`: its container cannot be read, or is not believed yet
 * - `assigned`: its container was never started
 * - `running`: its container runs, or Docker is about to restart it
 * - `ready`: passes its probes; without a port, has run for 5 s
 * - `settled`: ready for `min_ready`
 * - `routed`: settled, and wanted in the tables
 * - `switched`: settled, and in every table in use: it has taken the slot over
 * - `completed`: has run to its end, as its restart rule allows: the slot wants no other
 */
export const STAGES = [
  'gone',
  'outdated',
  'vacant',
  'unread',
  'assigned',
  'running',
  'ready',
  'settled',
  'routed',
  'switched',
  'completed',
] as const;

export type Stage = (typeof STAGES)[number];

export const hasReached = (stage: Stage, goal: Stage): boolean => STAGES.indexOf(stage) >= STAGES.indexOf(goal);

export function stageOf(sight: Sight, seen: TaskView, now: number): Stage {
  if (hasCompleted(sight, seen)) return 'completed';
  const life = lifeOf(seen, now);
  if (life === 'unknown') return 'unread';
  if (life === 'assigned') return 'assigned';
  if (life !== 'alive') return 'gone';
  if (!isReady(sight, seen, now)) return 'running';
  if (!isSettled(sight, seen, now)) return 'ready';
  if (!seen.task.routed) return 'settled';
  return isInTables(sight, seen) ? 'switched' : 'routed';
}

/** With exit code 0, and it was not to be started again. Its container tells so before its end is recorded. */
function hasCompleted(sight: Sight, { task, container }: TaskView): boolean {
  if (task.end) return task.end.exitCode === 0 && isSpent(sight, task);
  const { restart } = sight.target.spec;
  if (task.phase !== 'run' || restart === 'always' || !container || container === 'unknown') return false;
  return container.state === 'exited' && container.exitCode === 0;
}

/** It ended for good, well or badly, as its restart rule says: nothing is run after it. */
export function isSpent(sight: Sight, { end, container }: Task): boolean {
  const { restart } = sight.target.spec;
  if (!end || end.wanted || restart === 'always') return false;
  return end.exitCode === 0 || (restart === 'never' && (end.exitCode !== undefined || container !== undefined));
}
