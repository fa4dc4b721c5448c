import { namesPush } from '../model/pushed-image.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import type { Delivery, PushedOutcome } from '../model/webhook.ts';

/** A service of a webhook as it stands. */
export interface PushedService {
  readonly name: string;
  /** Undefined: there is no such service. */
  readonly service?: { readonly revision: number; readonly paused: boolean; readonly removing: boolean } | undefined;
  /** Of the revision that is wanted. */
  readonly spec?: ServiceSpec | undefined;
}

/** What a delivery deploys: each service as it was deployed last, its image asked for again. */
export interface PushPlan {
  readonly wishes: readonly { readonly spec: ServiceSpec; readonly basedOn: number }[];
  /** Stopped by a person: a push does not start them. */
  readonly stopped: readonly string[];
  /** Not there, or not for long. */
  readonly missing: readonly string[];
}

export function planPush(
  all: readonly PushedService[],
  { commit, done = [] }: Pick<Delivery, 'commit' | 'done'>,
): PushPlan {
  const services = all.filter(({ name }) => !done.some((one) => one.name === name));
  const present = services.filter(({ service, spec }) => service && spec && !service.removing);
  const wishes = present.flatMap(({ service, spec }) => {
    if (!service || !spec || service.paused) return [];
    return [{ spec: namesPush(spec.image) ? { ...spec, commit } : spec, basedOn: service.revision }];
  });
  return {
    wishes,
    stopped: present.filter(({ service }) => service?.paused).map(({ name }) => name),
    missing: services.filter((one) => !present.includes(one)).map(({ name }) => name),
  };
}

/** An image is often built after the push that it is built of: it is waited for this long, ms. */
export const WAIT_FOR_IMAGE = 30 * 60_000;
/** How often the registry is asked meanwhile, ms. */
export const ASK_EVERY = 15_000;

/** What a delivery came to, once its services were admitted. */
export function pushOutcome(
  outcomes: readonly PushedOutcome[],
  { stopped, missing }: Pick<PushPlan, 'stopped' | 'missing'>,
): Pick<Delivery, 'outcome' | 'reason' | 'deployments'> {
  const refused = outcomes.flatMap(({ name, refusal }) => (refusal === undefined ? [] : [`${name}: ${refusal}`]));
  const failed = [...refused, ...missing.map((name) => `service not found: ${name}`)];
  const left = stopped.map((name) => `${name} is stopped`);
  const deployments = outcomes.flatMap(({ deployment }) => deployment ?? []);
  const done = outcomes.flatMap(({ name, deployment }) =>
    deployment === undefined ? [] : [`deployment ${deployment} of ${name}`],
  );
  const same = outcomes.flatMap(({ name, deployment, refusal }) =>
    deployment === undefined && refusal === undefined ? [`${name} is unchanged`] : [],
  );
  const reason = [...failed, ...done, ...same, ...left].join('; ').slice(0, 1_000);
  if (failed.length > 0) return { outcome: 'failed', reason, deployments };
  if (deployments.length > 0) return { outcome: 'deployed', reason, deployments };
  return { outcome: same.length > 0 ? 'unchanged' : 'ignored', reason, deployments };
}
