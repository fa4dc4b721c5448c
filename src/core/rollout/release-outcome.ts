import { type Deployment, isEnded, type ReleaseEnd } from '../model/deployment.ts';
import type { Task } from '../model/task.ts';

export interface ReleaseOutcome extends Omit<ReleaseEnd, 'state'> {
  /** `waiting`: it has not begun, and may yet. */
  readonly state: ReleaseEnd['state'] | 'waiting' | 'running';
}

/** How a release command ended, by the record of its task; undefined if that has not ended. */
export function releaseEnd({ release, end, givenUp, lost, reason: why }: Task): ReleaseEnd | undefined {
  if (!end) return lost && { state: 'unknown', reason: why };
  const { exitCode, reason } = end;
  if (release?.begunAt === undefined) return { state: 'never-began', reason };
  if (exitCode === undefined) return { state: 'unknown', reason };
  return { state: exitCode === 0 && !givenUp ? 'succeeded' : 'failed', exitCode, reason };
}

/**
 * What became of the release command of a deployment; undefined if it has none, or needed none.
 * @param run its task, read later than the deployment; undefined if there is none, or none any more
 */
export function releaseOutcome(deployment: Deployment, run: Task | undefined): ReleaseOutcome | undefined {
  const end = deployment.release?.end ?? (run && releaseEnd(run));
  if (end) return end;
  const { state, supersededBy } = deployment;
  if (run?.release?.begunAt !== undefined)
    return {
      state: 'running',
      reason: supersededBy === undefined ? 'it is running' : 'it is running still: nothing ends it but its deadline',
    };
  if (!isEnded(state)) return run || deployment.release ? { state: 'waiting', reason: 'it has not begun' } : undefined;
  if (state === 'succeeded' || !(run || deployment.release)) return undefined;
  return { state: 'never-began', reason: 'it was not started: its deployment ended before' };
}
