import type { World } from '../../controllers/world.ts';
import { type Deployment, isEnded } from '../../core/model/deployment.ts';
import type { Service } from '../../core/model/service.ts';
import type { Task } from '../../core/model/task.ts';
import type { ServiceView } from '../../core/rollout/observed.ts';
import { type ServiceReport, serviceStatus } from '../../core/status/service-status.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import { viewOf } from './service-view.ts';

export interface Observed {
  readonly view: ServiceView;
  readonly report: ServiceReport;
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
  const found = await Promise.all(
    services.map((service) =>
      ifReadable(readOne(options, service, byService.get(`${service.project}/${service.name}`) ?? [])),
    ),
  );
  return found.filter((item) => item !== undefined);
}

async function readOne(
  { state, world, clock }: ReadOptions,
  service: Service,
  deployments: readonly Deployment[],
): Promise<Observed | undefined> {
  const { project, name } = service;
  const active = deployments.find(({ id, state: word }) => id === service.deployment && !isEnded(word));
  const [target, from, tasks] = await Promise.all([
    state.revisions.get(project, name, service.revision),
    active?.from === undefined ? undefined : state.revisions.get(project, name, active.from),
    state.tasks.list(project, name),
  ]);
  if (!target) return undefined;
  const records = {
    service,
    target: target.value,
    deployment: active,
    from: from?.value,
    tasks: tasks.map(({ value }) => value).sort(bySlot),
  };
  const view = viewOf(records, world);
  return { view, report: serviceStatus({ view, deployments, containers: world.containers() }, clock.now()) };
}

/** By slot; the newest of a slot first. */
const bySlot = (a: Task, b: Task): number => a.slot - b.slot || b.assignedAt - a.assignedAt || (a.id < b.id ? -1 : 1);

export const allDeployments = async (state: State): Promise<readonly Deployment[]> =>
  (await state.deployments.listReadable()).records.map(({ value }) => value);
