import { readRecords } from '../../controllers/services/records.ts';
import { MissingRevision } from '../../controllers/services/revisions.ts';
import { sightOf } from '../../controllers/services/sight.ts';
import type { World } from '../../controllers/world.ts';
import type { Deployment } from '../../core/model/deployment.ts';
import { type Service, serviceKey } from '../../core/model/service.ts';
import type { Sight, TaskView } from '../../core/rollout/observed.ts';
import { type ServiceReport, serviceStatus } from '../../core/status/service-status.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import { type NodeName, readNodeNames } from './node-names.ts';

export interface Observed {
  readonly sight: Sight;
  readonly report: ServiceReport;
  /** Of the nodes that its tasks are on. */
  readonly nameOf: NodeName;
}

export interface ReadOptions {
  readonly state: State;
  readonly world: World;
  readonly clock: { now(): number };
}

/**
 * Services as stored and as seen, those whose records are there and can be read.
 *
 * @param deployments theirs, and it may be others'
 */
export async function readServices(
  options: ReadOptions,
  services: readonly Service[],
  deployments: readonly Deployment[],
): Promise<readonly Observed[]> {
  const byService = Map.groupBy(deployments, ({ project, service }) => `${project}/${service}`);
  const nameOf = await readNodeNames(options.state);
  const found = await Promise.all(
    services.map((service) =>
      ifReadable(readOne(options, service, byService.get(`${service.project}/${service.name}`) ?? [], nameOf)),
    ),
  );
  return found.flatMap((item) => (item ? [{ ...item, nameOf }] : []));
}

async function readOne(
  { state, world, clock }: ReadOptions,
  { project, name }: Service,
  deployments: readonly Deployment[],
  nodeName: NodeName,
): Promise<Omit<Observed, 'nameOf'> | undefined> {
  const records = await readRecords(state, project, name).catch(unlessMissing);
  if (!records) return undefined;
  const seen = sightOf(records, world);
  const blocked = world.blocked(serviceKey(project, name));
  const sight = { ...seen, blocked, tasks: seen.tasks.map((task) => naming(task, world, nodeName)).toSorted(bySlot) };
  const containers = world.nodes().map((node) => ({ node, containers: world.containers(node) ?? [] }));
  return { sight, report: serviceStatus({ sight, deployments, containers }, clock.now()) };
}

/** Of a task whose node cannot be read: which one that is, and where to look. */
function naming(seen: TaskView, world: World, nameOf: NodeName): TaskView {
  const { node } = seen.task;
  const down = seen.container === 'unknown' ? world.engineDown(node) : undefined;
  if (down === undefined) return seen;
  const name = nameOf(node);
  return { ...seen, unreadNode: `its node ${name} cannot be read (see \`orca node inspect ${name}\`): ${down}` };
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof MissingRevision)) throw error;
}

/** By slot; the newest of a slot first. */
const bySlot = ({ task: a }: TaskView, { task: b }: TaskView): number =>
  a.slot - b.slot || b.assignedAt - a.assignedAt || (a.id < b.id ? -1 : 1);

export const allDeployments = async (state: State): Promise<readonly Deployment[]> =>
  (await state.deployments.listReadable()).records.map(({ value }) => value);
