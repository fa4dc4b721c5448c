import { isOver } from '../../core/elapsed.ts';
import { type Deployment, goesBackSince } from '../../core/model/deployment.ts';
import type { PullProgress } from '../../core/model/pull-progress.ts';
import { type ServiceKey, serviceKey } from '../../core/model/service.ts';
import { isHeld } from '../../core/rollout/held.ts';
import type { Plan } from '../../core/rollout/plan-service.ts';
import type { Step } from '../../core/rollout/step.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import { type Commit, StaleDecision } from '../commit.ts';

/** A deployment tells what it waits for. */
export interface Words {
  /** Written only when the words change, and not if a step was quicker. Nobody waits for it: a pass over others goes on. */
  say(deployment: Stored<Deployment>, found: Found, now: number): void;
  /** Resolves when nothing is being written for the service: what is read before that is stale, and so are steps by it. */
  written(service: ServiceKey): Promise<void>;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
}

export interface Found {
  readonly plan: Pick<Plan, 'steps' | 'waiting'>;
  readonly pulling: PullProgress | undefined;
}

export interface WordsOptions {
  readonly state: Pick<State, 'deployments'>;
  readonly commit: Commit;
  readonly log: Log;
}

/** Words change faster than anybody reads, and each change is a write that all who watch are told of. */
const WORDS_EVERY = 250;
/** Deployments of which it is known when they last told something; more of them tell it sooner. */
const REMEMBERED = 1_000;

export function createWords({ state, commit, log }: WordsOptions): Words {
  /** When each deployment last told something, while it runs. */
  const saidAt = new Map<number, number>();
  const writing = new Map<ServiceKey, Promise<void>>();

  const write = async (deployment: Stored<Deployment>, told: Deployment): Promise<void> => {
    try {
      await commit([unchanged(deployment)], [state.deployments.put(told)]);
    } catch (err) {
      if (!(err instanceof StaleDecision)) log.warn({ err, deployment: told.id }, 'what it waits for was not written');
    }
    writing.delete(serviceKey(told.project, told.service));
  };

  return {
    say(deployment, { plan, pulling }, now) {
      if (isToldOtherwise(deployment.value) || plan.steps.some(movesDeployment)) return;
      const [reason] = plan.waiting;
      const { id, project, service, state: word, reason: before } = deployment.value;
      const key = serviceKey(project, service);
      const next = isHeld(deployment.value) ? ('pending' as const) : ('running' as const);
      const isNews = word !== next || (reason !== undefined && reason !== before);
      if (!isNews || writing.has(key) || !isOver(saidAt.get(id) ?? 0, WORDS_EVERY, now)) return;
      if (saidAt.size >= REMEMBERED) saidAt.clear();
      saidAt.set(id, now);
      writing.set(key, write(deployment, { ...deployment.value, state: next, reason: reason ?? before, pulling }));
    },
    written: async (service) => writing.get(service),
    async idle() {
      await Promise.all(writing.values());
    },
  };
}

/** Why it goes back, or what a user is asked for, stays to be read. */
const isToldOtherwise = (deployment: Deployment): boolean =>
  deployment.state === 'paused' || goesBackSince(deployment) !== undefined;

/** Its own step writes the deployment: words written at the same time would only be in its way. */
const movesDeployment = ({ kind }: Step): boolean =>
  [
    'begin',
    'skip',
    'cut-over',
    'cut-over-done',
    'go-through',
    'pause',
    'switched',
    'succeed',
    'fail',
    'settle',
  ].includes(kind);
