import { OrcaError } from '../../core/errors.ts';
import { type Deployment, isEnded } from '../../core/model/deployment.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import type { Task } from '../../core/model/task.ts';
import type { Stored } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';

/** Everything stored about one service that a decision needs. */
export interface ServiceRecords {
  readonly service: Stored<Service>;
  readonly target: Revision;
  readonly deployment?: Stored<Deployment> | undefined;
  readonly from?: Revision | undefined;
  readonly tasks: readonly Stored<Task>[];
}

/** Undefined if there is no such service. */
export async function readRecords(state: State, project: string, name: string): Promise<ServiceRecords | undefined> {
  const [service, tasks] = await Promise.all([state.services.get(project, name), state.tasks.list(project, name)]);
  if (!service) return undefined;
  const { revision, deployment: id } = service.value;
  const [target, deployment] = await Promise.all([
    readRevision(state, project, name, revision),
    id === undefined ? undefined : state.deployments.get(id),
  ]);
  const active = deployment && !isEnded(deployment.value.state) ? deployment : undefined;
  const back = active?.value.from;
  const from = back === undefined ? undefined : await readRevision(state, project, name, back);
  return { service, target, deployment: active, from, tasks };
}

/** @throws OrcaError `unavailable` if the record is missing: the store is damaged */
export async function readRevision(state: State, project: string, service: string, number: number): Promise<Revision> {
  const revision = await state.revisions.get(project, service, number);
  if (!revision) throw new OrcaError('unavailable', `revision ${number} of ${service} is missing from the store`);
  return revision.value;
}
