import { notFound, OrcaError } from '../../core/errors.ts';
import type { Service } from '../../core/model/service.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import type { Decide } from './service.ts';

const TRIES = 5;

export interface Changed {
  readonly before: Service;
  readonly after: Service;
}

/** Changes a service's record, and writes who did so, in one transaction; decides again when someone else was faster. */
export function createChange({ state, clock }: { readonly state: State; readonly clock: { now(): number } }) {
  return async ({ project, name }: Service, decide: Decide, caller: Caller): Promise<Changed> => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const stored = await state.services.get(project, name);
      const revision = stored && (await state.revisions.get(project, name, stored.value.revision));
      if (!stored || !revision) throw notFound('service', name);
      const { service, reason } = decide(stored.value, revision.value.spec);
      if (reason === undefined) return { before: stored.value, after: service };
      const at = clock.now();
      const event = {
        kind: 'service',
        at,
        project,
        name,
        service: name,
        reason: `${reason} (by ${caller.name})`,
      } as const;
      const then = [state.services.putWish(service, stored), state.event(event)];
      const { succeeded } = await state.store.txn({ compare: state.services.unchanged(stored), then });
      if (succeeded) return { before: stored.value, after: service };
    }
    throw new OrcaError('conflict', `${name} was changed by others ${TRIES} times in a row`, { hint: 'try again' });
  };
}
