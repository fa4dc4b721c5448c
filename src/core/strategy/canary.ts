import { canaryOf } from '../model/deployment.ts';
import type { Demand, Rollout } from './demand.ts';
import { rolling } from './rolling.ts';

/**
 * A part of the requests, with the tasks for it beside the whole old set, until a user decides; once promoted, the rest is
 * rolled out slot by slot.
 */
export function canary(rollout: Rollout): Demand {
  const running = canaryOf(rollout.deployment);
  if (!running) return rolling(rollout);
  const tasks = tasksFor(running.weight, rollout.replicas);
  return { newWanted: tasks, atOnce: tasks, share: running.weight / 100, oldStays: 'routed', then: 'pause' };
}

/** Tasks that so many percent of the requests take: rounded up, and never none. */
export const tasksFor = (weight: number, replicas: number): number =>
  Math.min(replicas, Math.max(1, Math.ceil((weight * replicas) / 100)));
