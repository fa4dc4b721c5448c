import type { DrainBody } from '../../contract/drain.ts';
import { readRoom } from '../../controllers/placing/read-room.ts';
import { readRecords, type ServiceRecords } from '../../controllers/services/records.ts';
import type { ReadRevision } from '../../controllers/services/revisions.ts';
import { sightOf } from '../../controllers/services/sight.ts';
import type { World } from '../../controllers/world.ts';
import { LABEL } from '../../core/model/container.ts';
import type { Node } from '../../core/model/node.ts';
import { type Service, serviceKey } from '../../core/model/service.ts';
import type { Task } from '../../core/model/task.ts';
import { stageOf } from '../../core/rollout/stage.ts';
import { type DrainTask, drain, type Remaining } from '../../core/schedule/drain.ts';
import { wantedOf } from '../../core/schedule/wanted.ts';
import type { State } from '../../store/state.ts';

export interface DrainStatusOptions {
  readonly state: State;
  readonly world: World;
  readonly readRevision: ReadRevision;
  /** Epoch ms. */
  readonly clock: { now(): number };
}

/** What is left on a node, and why; by the same rules by which its tasks are moved. */
export async function drainStatusOf(options: DrainStatusOptions, node: Node): Promise<DrainBody> {
  const { state, clock } = options;
  const left = (await state.tasks.list()).map(({ value }) => value).filter((task) => isLeft(task, node.id));
  const isDraining = node.availability === 'draining' || node.availability === 'drained';
  const common = {
    node_id: node.id,
    name: node.name,
    availability: node.availability,
    drain: isDraining,
    done: node.availability === 'drained',
    tasks: left.length,
    one_off: countOneOff(options.world, node.id),
  };
  if (!isDraining || left.length === 0) return { ...common, waiting: [], stuck: [] };
  const now = clock.now();
  const services = Map.groupBy(left, ({ project, service }) => serviceKey(project, service));
  const read = [...services.values()].map(([task]) => readService(options, task as Task));
  const records = (await Promise.all(read)).flatMap((one) => one ?? []);
  const { cluster, ledger } = await readRoom({ ...options, readSpec });
  const tasks = records.flatMap((one) => tasksOf(options, one, now));
  const { steps, waiting, stuck } = drain({ node, tasks, cluster, ledger });
  const going = [...steps.map(({ service, slot, reason }) => ({ service, slot, why: reason })), ...waiting];
  const stopping = left.filter(({ phase }) => phase === 'stop').map((task) => stops(task));
  return { ...common, waiting: [...stopping, ...going].map(present), stuck: stuck.map(present) };

  async function readSpec(service: Service, revision: number) {
    const found = await options.readRevision(service, revision).catch(() => undefined);
    return found?.spec;
  }
}

/** Nobody moves one: it lives as long as the connection that it was made for. */
function countOneOff(world: World, node: string): number | null {
  const runs = world
    .containers(node)
    ?.filter(({ labels, state }) => labels[LABEL.kind] === 'run' && state === 'running');
  return runs?.length ?? null;
}

const isLeft = ({ phase, node }: Task, id: string): boolean => phase !== 'ended' && node === id;

const readService = ({ state, readRevision }: DrainStatusOptions, { project, service }: Task) =>
  readRecords(state, project, service, readRevision);

/** Of the service, wherever they are; not those that are stopped already, nor release commands. */
function tasksOf({ world }: DrainStatusOptions, records: ServiceRecords, now: number): readonly DrainTask[] {
  const sight = sightOf(records, world);
  const { spec } = sight.target;
  return sight.tasks
    .filter(({ task }) => task.phase === 'run')
    .map((seen) => ({
      wanted: wantedOf(spec),
      slot: seen.task.slot,
      node: seen.task.node,
      serves: stageOf(sight, seen, now) === 'switched',
      parallelism: spec.deploy.parallelism,
      runsToEnd: spec.restart !== 'always',
    }));
}

const stops = ({ project, service, slot, reason }: Task): Remaining => ({
  service: serviceKey(project, service),
  slot,
  why: `${service}.${slot} is being stopped: ${reason}`,
});

function present({ service, slot, why }: Remaining): DrainBody['stuck'][number] {
  const [project = '', name = ''] = service.split('/');
  return { project, service: name, slot, reason: why };
}
