import type { Task } from '../../core/model/task.ts';
import type { World } from '../world.ts';

/** Tasks whose address is theirs: those that run, and ended ones that some worker may still route to. */
export const holdAddress = (tasks: readonly Task[], world: Pick<World, 'routing'>): Task[] =>
  tasks.filter((task) => task.phase !== 'ended' || world.routing(task).somewhere);
