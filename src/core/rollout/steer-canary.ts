import { OrcaError } from '../errors.ts';
import { type Canary, canaryOf, type Deployment, goesBackSince } from '../model/deployment.ts';
import type { Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';
import { stepOf } from './begin-canary.ts';
import { countBack } from './count-back.ts';
import type { Pair } from './transitions.ts';

/** A canary, where a user decides how it goes on. */
export interface Steered {
  readonly service: Service;
  /** The one in progress. */
  readonly deployment: Deployment | undefined;
  /** The revision that the service wants now. */
  readonly target: Revision;
  /** The one that serves beside it. */
  readonly from: Revision | undefined;
  readonly now: number;
  /** Who decides. */
  readonly by: string;
}

export interface Decision extends Pair {
  /** For the event and the answer. */
  readonly reason: string;
}

/**
 * The next step, or all of the requests. After the last step that is the same.
 *
 * @throws OrcaError `conflict` where no canary waits for that
 */
export function promoted(steered: Steered, onlyStep: boolean): Decision {
  const { service, target, now } = steered;
  const { deployment, canary } = waiting(steered);
  const spec = target.spec.deploy.canary ?? { ...canary, steps: [] };
  const next = onlyStep ? spec.steps[canary.step] : undefined;
  const moved = next === undefined ? { ...canary, weight: 100, at: now, reachedAt: undefined } : undefined;
  const to = moved ?? stepOf(spec, canary.step + 1, next ?? 100, now);
  const reason =
    next === undefined
      ? `revision ${deployment.to} is promoted to all of the requests`
      : `step ${to.step} of ${to.of}: revision ${deployment.to} is to get ${next} % of the requests`;
  return { service, deployment: { ...deployment, canary: to, state: 'running', reason }, reason };
}

/**
 * Back to what serves beside it; undefined where no canary is on.
 *
 * @throws OrcaError `conflict` for a service that is being removed or was stopped
 */
export function reverted({ service, deployment, target, from, now, by }: Steered): Decision | undefined {
  if (!deployment || !from || service.paused || service.removing || !canaryOf(deployment)) return undefined;
  const reason = `revision ${deployment.to} is taken back: revision ${from.number} gets all of the requests`;
  return {
    service: { ...service, revision: from.number, ...countBack({ service, deployment, target, from }) },
    deployment: { ...deployment, state: 'running', revert: { at: now, by }, reason },
    reason,
  };
}

/** @throws OrcaError `conflict`, with what is in the way */
function waiting({ service, deployment }: Steered): { readonly deployment: Deployment; readonly canary: Canary } {
  const { name } = service;
  if (service.paused || service.removing || !deployment) throw refused(`no canary of ${name} is running`, DEPLOY);
  const { id } = deployment;
  const canary = canaryOf(deployment);
  if (canary?.reachedAt !== undefined) return { deployment, canary };
  if (canary)
    throw refused(
      `step ${canary.step} of ${canary.of} of the canary of ${name} is not reached yet: ${deployment.reason}`,
      `wait until \`orca status\` says so`,
    );
  if (goesBackSince(deployment) !== undefined) throw refused(`the canary of ${name} is being rolled back`, DEPLOY);
  if (deployment.canary) throw refused(`deployment ${id} of ${name} is promoted already`, FOLLOW);
  throw refused(`deployment ${id} of ${name} is in progress, and is no canary`, FOLLOW);
}

const DEPLOY = 'begin one with `deploy.strategy: canary`, and deploy';
const FOLLOW = 'follow it with `orca deployments`';

const refused = (message: string, hint: string): OrcaError => new OrcaError('conflict', message, { hint });
