import type { NodeLoad, TaskLoad, Top } from '../../contract/top.ts';
import type { World } from '../../controllers/world.ts';
import { OrcaError } from '../../core/errors.ts';
import { cpuPercent, machineCpuPercent } from '../../core/load/cpu-share.ts';
import type { MachineSample, TaskSample } from '../../core/load/sample.ts';
import type { Task } from '../../core/model/task.ts';
import type { Engines } from '../../engine/engines.ts';
import type { NodeName } from '../observing/node-names.ts';
import { createMeter, type Pair } from './meter.ts';

export interface TopOptions {
  readonly engines: Pick<Engines, 'nodes' | 'of'>;
  readonly world: Pick<World, 'container' | 'unread' | 'engineDown'>;
}

export interface Loads {
  /** What each uses; of one that cannot be read, why. */
  ofTasks(tasks: readonly Task[], nameOf: NodeName): Promise<Top['tasks']>;
  /** What each machine uses; of one that does not tell, why. @param nameOf as people know a node, by its id */
  ofNodes(nameOf: NodeName): Promise<Top['nodes']>;
}

export function createLoads({ engines, world }: TopOptions): Loads {
  const tasks = createMeter<TaskSample>({
    sample: async (place, signal) => {
      const [node = '', id = ''] = place.split('/');
      return engines.of(node).stats(id, signal);
    },
  });
  const machines = createMeter<MachineSample>({ sample: (node) => engines.of(node).machine() });

  const ofTask = async (task: Task, nameOf: NodeName): Promise<TaskLoad> => {
    const shown = { ...task, node: nameOf(task.node) };
    const away = whyAway(world, task);
    if (away !== undefined) return present(shown, undefined, away);
    try {
      const pair = await tasks.read(`${task.node}/${task.id}`);
      return present(shown, pair, pair ? null : 'its container does not run');
    } catch (error) {
      return present(shown, undefined, sentence(error));
    }
  };

  const ofNode = async (id: string, name: string): Promise<NodeLoad> => {
    try {
      const pair = await machines.read(id);
      return presentNode(name, pair, pair ? null : 'its docker is on a machine that orca does not see');
    } catch (error) {
      return presentNode(name, undefined, sentence(error));
    }
  };

  return {
    ofTasks: (all, nameOf) => Promise.all(all.map((task) => ofTask(task, nameOf))),
    ofNodes: (nameOf) => Promise.all(engines.nodes().map((id) => ofNode(id, nameOf(id)))),
  };
}

/** Why there is nothing to sample, without asking the engine. */
function whyAway(world: TopOptions['world'], task: Task): string | undefined {
  const container = world.container(task);
  if (container === 'unknown')
    return world.engineDown(task.node) ?? world.unread(task) ?? 'its container cannot be read';
  if (container === undefined) return 'it has no container yet';
  return container.state === 'running' ? undefined : `its container does not run: it is ${container.state}`;
}

function sentence(error: unknown): string {
  if (error instanceof OrcaError) return error.message;
  if (error instanceof Error && error.name === 'TimeoutError') return 'it has not told within 10 s';
  throw error;
}

function present(
  { id, project, service, slot, node }: Task,
  pair: Pair<TaskSample> | undefined,
  reason: string | null,
) {
  const now = pair?.after;
  const load: TaskLoad = {
    id,
    project,
    service,
    slot,
    node,
    cpu_percent: rounded(pair && cpuPercent(pair.before, pair.after)),
    memory_bytes: now?.memory ?? null,
    memory_limit_bytes: now?.memoryLimit ?? null,
    network_in_bytes: now?.network?.in ?? null,
    network_out_bytes: now?.network?.out ?? null,
    block_read_bytes: now?.block.in ?? null,
    block_write_bytes: now?.block.out ?? null,
    pids: now?.pids ?? null,
    reason,
  };
  return load;
}

const presentNode = (node: string, pair: Pair<MachineSample> | undefined, reason: string | null): NodeLoad => ({
  node,
  cpus: pair?.after.cpus ?? null,
  cpu_percent: rounded(pair && machineCpuPercent(pair.before, pair.after)),
  memory_bytes: pair?.after.memory ?? null,
  memory_total_bytes: pair?.after.memoryTotal ?? null,
  reason,
});

const rounded = (percent: number | undefined): number | null =>
  percent === undefined ? null : Math.round(percent * 10) / 10;
