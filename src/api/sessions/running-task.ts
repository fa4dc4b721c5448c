import type { Placed, World } from '../../controllers/world.ts';
import { notFound, OrcaError } from '../../core/errors.ts';
import type { Service } from '../../core/model/service.ts';
import type { Task } from '../../core/model/task.ts';
import { isNamed } from '../observing/named-task.ts';

export interface RunningTaskOptions {
  readonly service: Pick<Service, 'project' | 'name'>;
  readonly tasks: readonly Task[];
  readonly world: Pick<World, 'container' | 'routing' | 'engineDown'>;
  /** A task's id, or a slot's number; without it whichever runs. */
  readonly wanted?: string | undefined;
}

/**
 * The task whose container something is done in: one that gets requests before one that does not, the lowest slot, the newest.
 *
 * @throws OrcaError `not_found` for a task that there is not, `conflict` if none runs, `unavailable` if that is not known
 */
export function runningTask({ service, tasks, world, wanted }: RunningTaskOptions): Task {
  // A release command is no task of the service's own, and soon over.
  const named = tasks.filter(isNamed(wanted)).filter(({ id, release }) => release === undefined || id === wanted);
  if (wanted !== undefined && named.length === 0) throw notFound('task', wanted);
  const found = named.filter((task) => stateOf(world, task) === 'running');
  const [best] = found.sort(
    (a, b) =>
      Number(world.routing(b).somewhere) - Number(world.routing(a).somewhere) ||
      a.slot - b.slot ||
      b.assignedAt - a.assignedAt,
  );
  if (best) return best;
  const unread = named.find((task) => task.phase !== 'ended' && stateOf(world, task) === 'unknown');
  if (unread) throw unknown(world, unread);
  throw notRunning(service, wanted);
}

function stateOf(world: Pick<World, 'container'>, task: Placed): string | undefined {
  const container = world.container(task);
  return container === 'unknown' ? container : container?.state;
}

const unknown = ({ engineDown }: Pick<World, 'engineDown'>, { node }: Placed): OrcaError =>
  new OrcaError(
    'unavailable',
    `whether a task runs is not known: ${engineDown(node) ?? 'its container cannot be read'}`,
  );

const notRunning = ({ name }: Pick<Service, 'name'>, wanted: string | undefined): OrcaError =>
  new OrcaError(
    'conflict',
    wanted === undefined ? `${name} has no running task` : `task ${wanted} of ${name} is not running`,
    {
      hint: `look at its tasks with \`orca ps ${name}\``,
    },
  );
