import { OrcaError } from '../../core/errors.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import type { Task } from '../../core/model/task.ts';
import type { State } from '../../store/state.ts';

/**
 * A revision of a service.
 * @throws MissingRevision if there is none: the store is damaged
 */
export type ReadRevision = (service: Service, number: number) => Promise<Revision>;

export class MissingRevision extends OrcaError {
  constructor({ name }: Pick<Service, 'name'>, number: number) {
    super('unavailable', `revision ${number} of ${name} is missing from the store`);
  }
}

/** This many are kept in memory. */
const REMEMBERED = 10_000;

/**
 * Reads each revision once: one whose image is resolved never changes. A service that was purged and made anew counts its
 * revisions from the beginning, so they are told apart by when the service was made.
 */
export function rememberRevisions(state: State): ReadRevision {
  const known = new Map<string, Revision>();
  return async (service, number) => {
    const { project, name, createdAt } = service;
    const key = `${createdAt}/${project}/${name}/${number}`;
    const remembered = known.get(key);
    if (remembered) return remembered;
    const read = (await state.revisions.get(project, name, number))?.value;
    if (!read) throw new MissingRevision(service, number);
    if (known.size >= REMEMBERED) known.clear();
    if (read.hash !== undefined) known.set(key, read);
    return read;
  };
}

/** A revision by the names of its service. @throws MissingRevision */
export const revisionOf =
  (state: State, readRevision: ReadRevision) =>
  async (project: string, name: string, number: number): Promise<Revision> => {
    const service = await state.services.get(project, name);
    if (!service) throw new MissingRevision({ name }, number);
    return readRevision(service.value, number);
  };

/** The revision that a task is of. @throws MissingRevision */
export const revisionOfTask =
  (state: State, readRevision: ReadRevision) =>
  ({ project, service, revision }: Task): Promise<Revision> =>
    revisionOf(state, readRevision)(project, service, revision);
