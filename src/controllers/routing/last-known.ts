import type { ObservedContainer } from '../../core/model/container.ts';
import type { Task } from '../../core/model/task.ts';
import type { World } from '../world.ts';

/**
 * The engine may not tell of one container while all others can be read: what is routed stays routed as it was seen last. A
 * master that has just begun has not seen it, but the data plane tells of the start that it has in its table.
 */
export function lastKnown(
  world: Pick<World, 'container' | 'lastSeen' | 'health'>,
  task: Task,
): ObservedContainer | undefined {
  const seen = world.lastSeen(task) ?? unseen(world, task);
  if (seen === undefined || seen.startedAt !== undefined) return seen;
  const health = world.health(task);
  return health?.container === seen.id ? { ...seen, startedAt: health.startedAt } : seen;
}

/** On a node that this master has not been able to read yet, while it can read others: what its record says of it. */
function unseen(world: Pick<World, 'container'>, task: Task): ObservedContainer | undefined {
  const { id: name, container: id, routedStart: startedAt } = task;
  if (!task.routed || id === undefined || world.container(task) !== 'unknown') return undefined;
  return { id, name, labels: {}, state: 'running', startedAt, oomKilled: false, restarts: 0, stateSince: 0 };
}
