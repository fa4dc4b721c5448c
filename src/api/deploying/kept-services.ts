import type { Plan } from '../../contract/plan.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { visibleServices } from '../observing/find-service.ts';
import type { Prepared } from './prepare.ts';

/** Services of the same projects that the request does not name; a rollback is about one alone. */
export async function keptServices(state: State, caller: Caller, wishes: readonly Prepared[]): Promise<Plan['kept']> {
  if (wishes.every(({ rollbackOf }) => rollbackOf !== undefined)) return [];
  const projects = new Set(wishes.map(({ spec }) => spec.project));
  const named = new Set(wishes.map(({ spec }) => `${spec.project}/${spec.name}`));
  const services = (await visibleServices(state, caller)).map(({ value }) => value);
  return services
    .filter(({ project, name, removing }) => projects.has(project) && !named.has(`${project}/${name}`) && !removing)
    .map(({ project, name }) => ({ project, name }));
}
