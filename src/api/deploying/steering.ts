import { notFound, OrcaError } from '../../core/errors.ts';
import type { Deployment } from '../../core/model/deployment.ts';
import { goesBackSince, isEnded } from '../../core/model/deployment.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import { type Decision, promoted, reverted, type Steered } from '../../core/rollout/steer-canary.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { StoredService } from '../../store/services.ts';
import type { State } from '../../store/state.ts';
import type { Admitted } from './outcome.ts';
import type { Reverting } from './plan-canary.ts';

/** What users decide about a canary, written down; the controllers do the rest. */
export interface Steering {
  /** @throws OrcaError `conflict` where no canary waits for that */
  promote(service: Service, onlyStep: boolean, caller: Caller): Promise<Admitted>;
  /** Undefined where no canary is on, or goes back already. */
  revert(service: Service, caller: Caller): Promise<Admitted | undefined>;
  /** What `revert` would write now. */
  reverting(service: Service, caller: Caller): Promise<Reverting | undefined>;
}

const TRIES = 5;

export interface SteeringOptions {
  readonly state: State;
  readonly clock: { now(): number };
}

export function createSteering({ state, clock }: SteeringOptions): Steering {
  const look = async ({ project, name }: Service, { name: by }: Caller) => {
    const service = await state.services.get(project, name);
    if (!service) throw notFound('service', name);
    const { deployment: id } = service.value;
    const found = id === undefined ? undefined : await state.deployments.get(id);
    const active = found && !isEnded(found.value.state) ? found : undefined;
    const revision = async (number: number | undefined): Promise<Revision | undefined> =>
      number === undefined ? undefined : (await state.revisions.get(project, name, number))?.value;
    const target = await revision(service.value.revision);
    const from = await revision(active?.value.from);
    if (!target) throw notFound('revision', String(service.value.revision));
    const steered: Steered = { service: service.value, deployment: active?.value, target, from, now: clock.now(), by };
    return { service, active, steered };
  };

  /** False: somebody was faster. */
  const write = async (
    stored: StoredService,
    active: Stored<Deployment> | undefined,
    decision: Decision,
    by: string,
  ) => {
    if (!active) return false;
    const { project, service, id } = decision.deployment;
    const event = state.event({
      kind: 'deployment',
      at: clock.now(),
      project,
      service,
      name: String(id),
      from: active.value.state,
      to: decision.deployment.revert ? 'going-back' : 'running',
      reason: `${decision.reason} (by ${by})`,
    });
    const wish = decision.service === stored.value ? [] : [state.services.putWish(decision.service, stored)];
    const { succeeded } = await state.store.txn({
      compare: [...state.services.unchanged(stored), unchanged(active)],
      then: [state.deployments.put(decision.deployment), ...wish, event],
    });
    return succeeded;
  };

  const untilWritten = async <T>(name: string, attempt: () => Promise<T | 'again'>): Promise<T> => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const done = await attempt();
      if (done !== 'again') return done;
    }
    throw new OrcaError('conflict', `${name} was changed by others ${TRIES} times in a row`, { hint: 'try again' });
  };

  return {
    promote: (of, onlyStep, caller) =>
      untilWritten(of.name, async () => {
        const { service, active, steered } = await look(of, caller);
        const decision = promoted(steered, onlyStep);
        if (!(await write(service, active, decision, caller.name))) return 'again';
        return admitted('promote', steered.target, decision.deployment, decision.reason);
      }),

    revert: (of, caller) =>
      untilWritten(of.name, async () => {
        const { service, active, steered } = await look(of, caller);
        const { deployment, target } = steered;
        if (deployment && isGoingBack(deployment)) return admitted('revert', target, deployment, deployment.reason);
        const decision = reverted(steered);
        if (!decision) return undefined;
        if (!(await write(service, active, decision, caller.name))) return 'again';
        return admitted('revert', steered.from ?? target, decision.deployment, decision.reason);
      }),

    async reverting(of, caller) {
      const { steered } = await look(of, caller);
      const decision = reverted(steered);
      return decision && { steered, decision };
    },
  };
}

/** It is on the way that is asked for. */
const isGoingBack = (deployment: Deployment): boolean =>
  deployment.canary !== undefined && deployment.canary.weight < 100 && goesBackSince(deployment) !== undefined;

const admitted = (
  action: 'promote' | 'revert',
  { spec }: Revision,
  deployment: Deployment,
  reason: string,
): Admitted => ({
  spec,
  warnings: [],
  admission: { action, reason, deployment },
});
