import { type Deployment, goesBackSince, isEnded } from '../../core/model/deployment.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Task } from '../../core/model/task.ts';
import type { Stored } from '../../store/collection.ts';
import type { StoredService } from '../../store/services.ts';
import type { State } from '../../store/state.ts';
import { type ReadRevision, rememberRevisions } from './revisions.ts';

/** Everything stored about one service that a decision needs. */
export interface ServiceRecords {
  readonly service: StoredService;
  readonly target: Revision;
  readonly deployment?: Stored<Deployment> | undefined;
  readonly from?: Revision | undefined;
  readonly tasks: readonly Stored<Task>[];
}

/** Reads that met a change in their middle, at most; then what was read is taken as it stands. */
const TRIES = 5;

/**
 * Undefined if there is no such service. A deployment ends in the transaction that takes it off its service: where one
 * of them was read before that and the other after it, both are read again. A plan made from such a pair would take the
 * tasks of a first deployment that has just succeeded for those of one that failed.
 */
export async function readRecords(
  state: State,
  project: string,
  name: string,
  readRevision: ReadRevision = rememberRevisions(state),
): Promise<ServiceRecords | undefined> {
  for (let tries = 1; ; tries += 1) {
    const records = await readOnce(state, project, name, readRevision);
    const whole = records?.service.value.deployment === undefined || records.deployment !== undefined;
    if ((whole && !isTorn(records) && !(await isCutSince(state, records))) || tries >= TRIES) return records;
  }
}

/**
 * A deployment begins to go back in the transaction that makes the revision from before it the wanted one again. With one of
 * the two from before that, a plan would bring the revision on that is to go.
 */
function isTorn(records: ServiceRecords | undefined): boolean {
  if (!records?.deployment) return false;
  const { from, to } = records.deployment.value;
  const isBack = goesBackSince(records.deployment.value) !== undefined;
  return records.service.value.revision !== (isBack ? (from ?? to) : to);
}

/**
 * In a cut-over one record decides for all tasks, until theirs say the same. Tasks that were read in the middle of that, with
 * a deployment from before or after it, would make a table with some of both sets.
 */
async function isCutSince(state: State, records: ServiceRecords | undefined): Promise<boolean> {
  if (!records?.deployment) return false;
  const { id, cutOver } = records.deployment.value;
  const now = (await state.deployments.get(id))?.value.cutOver;
  return now?.hash !== cutOver?.hash || now?.done !== cutOver?.done;
}

async function readOnce(
  state: State,
  project: string,
  name: string,
  readRevision: ReadRevision,
): Promise<ServiceRecords | undefined> {
  const service = await state.services.get(project, name);
  if (!service) return undefined;
  const { revision, deployment: id } = service.value;
  const [target, deployment] = await Promise.all([
    readRevision(service.value, revision),
    id === undefined ? undefined : state.deployments.get(id),
  ]);
  const tasks = await state.tasks.list(project, name);
  const active = deployment && !isEnded(deployment.value.state) ? deployment : undefined;
  const back = active?.value.from;
  const from = back === undefined ? undefined : await readRevision(service.value, back);
  return { service, target, deployment: active, from, tasks };
}

/**
 * The store's revision that a table must be made from to hold what was decided. A canary's step may change nothing but weights,
 * which its deployment tells.
 */
export const tableAsOf = ({ service, deployment }: Pick<ServiceRecords, 'service' | 'deployment'>): number =>
  Math.max(service.modRevision, deployment?.value.canary ? deployment.modRevision : 0);
