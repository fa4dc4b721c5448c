import { notFound, OrcaError } from '../../core/errors.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import type { StoredService } from '../../store/services.ts';
import type { State } from '../../store/state.ts';

/** The services a caller may see, of one project if that is asked for. */
export async function visibleServices(
  state: State,
  caller: Caller,
  project?: string,
): Promise<readonly StoredService[]> {
  if (project !== undefined && !reaches(caller, project)) return [];
  const { records } = await state.services.listReadable(...(project === undefined ? [] : [project]));
  return records.filter(({ value }) => reaches(caller, value.project));
}

/**
 * The service a name means to the caller: other projects' services are not there for it.
 *
 * @throws OrcaError `not_found`; `conflict` naming the projects if several have one
 */
export async function findService(
  state: State,
  caller: Caller,
  name: string,
  project?: string,
): Promise<StoredService> {
  const found = (await visibleServices(state, caller, project)).filter(({ value }) => value.name === name);
  const [first] = found;
  if (!first) throw notFound('service', name);
  if (found.length === 1) return first;
  const projects = found.map(({ value }) => value.project);
  throw new OrcaError('conflict', `several projects have a service ${name}: ${projects.join(', ')}`, {
    hint: `say which one with ?project=${projects[0]}`,
    details: { projects },
  });
}
