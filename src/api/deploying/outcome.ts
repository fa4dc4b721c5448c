import type { DeployedService, DeployResult } from '../../contract/deploy.ts';
import type { OrcaError } from '../../core/errors.ts';
import type { Deployment } from '../../core/model/deployment.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { Admission } from '../../core/rollout/admit.ts';
import type { ReleaseOutcome } from '../../core/rollout/release-outcome.ts';
import { bodyOf } from '../http/error-status.ts';
import type { NodeName } from '../observing/node-names.ts';
import { presentFailure, presentRelease } from '../present/deployment.ts';
import { Skipped } from './awaiting.ts';

/** What became of one wish when it was admitted. */
export type Admitted = { readonly spec: ServiceSpec; readonly warnings: readonly string[] } & (
  | { readonly admission: Admission | Steered; readonly refusal?: undefined }
  | { readonly refusal: OrcaError; readonly admission?: undefined }
);

/** What was decided about a canary that is on. */
interface Steered {
  readonly action: 'promote' | 'revert';
  readonly reason: string;
  readonly deployment: Deployment;
}

export type Serving = DeployedService['serving'];

/** The deployment that a wish waits for; undefined if nothing is to be done or it was refused. */
export const deploymentOf = ({ admission }: Admitted): Deployment | undefined =>
  admission && admission.action !== 'none' ? admission.deployment : undefined;

/** What is known beside the deployment. */
interface Around {
  readonly serving: Serving;
  readonly release?: ReleaseOutcome | undefined;
  readonly nameOf: NodeName;
}

/**
 * The answer for one service.
 *
 * @param deployment as it stands now
 */
export function serviceOutcome(
  admitted: Admitted,
  deployment: Deployment | undefined,
  { serving, release, nameOf }: Around,
): DeployedService {
  const { spec, warnings, admission, refusal } = admitted;
  const common = { name: spec.name, project: spec.project, serving, warnings: [...warnings] };
  if (refusal) {
    const { error, code, hint = null } = bodyOf(refusal);
    const none = { deployment: null, revision: null, failure: null, release: null };
    const state = refusal instanceof Skipped ? 'skipped' : 'refused';
    return { ...common, ...none, action: 'refused', state, reason: error, code, hint, ...pathOf(refusal) };
  }
  const { action } = admission;
  if (!deployment) {
    const none = { deployment: null, failure: null, release: null, code: null, hint: null };
    const revision = serving?.revision ?? null;
    return { ...common, ...none, revision, action, state: 'unchanged', reason: admission.reason };
  }
  return {
    ...common,
    ...codeOf(deployment, action),
    action,
    state: deployment.state,
    reason: reasonOf(deployment, admission),
    deployment: deployment.id,
    revision: deployment.to,
    failure: deployment.failure ? presentFailure(deployment.failure, nameOf) : null,
    release: presentRelease(release),
  };
}

/** Where in the service the mistake is, if the refusal is about one. */
export const pathOf = ({ details }: OrcaError): { readonly path?: string } =>
  typeof details?.['path'] === 'string' ? { path: details['path'] } : {};

/** A settled deployment's reason begins with that of its failure; a superseded one's does not. */
function reasonOf({ state, failure, reason }: Deployment, admission: Admission | Steered): string {
  if (failure) return reason.startsWith(failure.reason) ? reason : `${failure.reason}; ${reason}`;
  return state === 'pending' ? admission.reason : reason;
}

type Code = Pick<DeployedService, 'code' | 'hint'>;

function codeOf(deployment: Deployment, action: DeployedService['action']): Code {
  const { state, failure, canary, revert, supersededBy, service } = deployment;
  if (state === 'paused') return { code: null, hint: nextOf(service) };
  if (state === 'rolled-back' && action === 'revert') return { code: null, hint: null };
  if (state === 'rolled-back' && !failure && canary) return { code: 'conflict', hint: takenBack(revert) };
  if (state === 'superseded') return { code: 'conflict', hint: `follow deployment ${supersededBy}` };
  if (state === 'failed' && !failure) return TAKEN_AWAY;
  if (state === 'skipped') return SKIPPED;
  if (state === 'failed' || state === 'rolled-back') {
    return { code: 'deploy_failed', hint: 'read the reason and the last log lines, then deploy again' };
  }
  return { code: null, hint: null };
}

/** Nothing was wrong with it, and nothing of it was changed. */
const SKIPPED = { code: 'deploy_failed', hint: 'mend what it depends on, then deploy again' } as const;
const nextOf = (service: string): string =>
  `\`orca promote ${service} --step\` for the next step, \`orca promote ${service}\` for all requests, \`orca rollback ${service}\` to take it back`;

const takenBack = (revert: Deployment['revert']): string =>
  revert ? `${revert.by} rolled it back: deploy again if it is to run` : 'deploy it again if it is to run';

/** Failed without a failure: nothing was wrong with it, somebody stopped or removed the service meanwhile. */
const TAKEN_AWAY = { code: 'conflict', hint: 'deploy it again if it is to run' } as const;

/** The whole answer: 200 all, 206 some; none: 409, 503 or 422, as all of them were refused. */
export function deployResult(services: readonly DeployedService[], waited: boolean): DeployResult {
  const good = services.filter(({ code }) => code === null);
  const bad = services.filter(({ code }) => code !== null);
  const body = {
    deployed: good.map(({ name }) => name),
    errors: bad.map(({ name, reason }) => `${name}: ${reason}`),
    services: [...services],
  };
  if (good.length > 0) return { ...body, status: bad.length > 0 ? 206 : waited ? 200 : 202 };
  return { ...body, ...refusalOf(bad) };
}

const ALONE = { conflict: 409, unavailable: 503, forbidden: 403, not_yet_supported: 501 } as const;

/** One reason for all of them is the answer's own; mixed ones are a failed deploy. */
function refusalOf(bad: readonly DeployedService[]): Pick<DeployResult, 'status' | 'error' | 'code' | 'hint'> {
  const codes = new Set(bad.map(({ code }) => code));
  const [first] = bad;
  const only = codes.size === 1 ? first?.code : undefined;
  const error = bad.length === 1 ? `${first?.name}: ${first?.reason}` : `none of ${bad.length} services was deployed`;
  const hint = bad.length === 1 && first?.hint ? first.hint : '`services` has the reason of each';
  const status = only && only in ALONE ? ALONE[only as keyof typeof ALONE] : 422;
  const code = status === 422 && only !== 'unplaceable' ? 'deploy_failed' : (only ?? 'deploy_failed');
  return { status, error, code, hint };
}
