import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';

/** The end of a purge: the service, its revisions and the facts about its tasks go. Volumes and secrets stay. */
export async function forgetService(
  state: State,
  commit: Commit,
  project: string,
  name: string,
  now: number,
): Promise<void> {
  const service = await state.services.get(project, name);
  if (!service?.value.removing) return;
  const event = { kind: 'service' as const, at: now, project, name, service: name, from: 'removing', to: 'removed' };
  await commit(state.services.unchanged(service), [
    ...state.services.remove(service.value),
    state.revisions.removeAll(project, name),
    state.tasks.removeAll(project, name),
    state.event({ ...event, reason: 'its last task has ended' }),
  ]);
}
