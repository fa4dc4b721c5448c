import { OrcaError } from '../errors.ts';
import { canonicalJson, containerHash } from '../model/container-hash.ts';
import { type Awaited, canaryOf, type Deployment, goesBackSince } from '../model/deployment.ts';
import type { ResolvedImage, Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import { diffSpecs } from '../model/spec-diff.ts';
import { firstStep } from './begin-canary.ts';
import { isHeld } from './held.ts';

export interface AdmitInput {
  /** As stored; undefined for a new one. */
  readonly service?: Service | undefined;
  /** The revision that `service.revision` names. */
  readonly current?: Revision | undefined;
  /** The deployment that `service.deployment` names, unless it has ended. */
  readonly activeDeployment?: Deployment | undefined;
  readonly spec: ServiceSpec;
  /** Undefined if it could not be resolved: then the rollout's first step, the pull, decides. */
  readonly image?: ResolvedImage | undefined;
  readonly nextRevision: number;
  readonly nextDeployment: number;
  readonly now: number;
  /** Who asks. */
  readonly by?: string | undefined;
  /** Other services that it waits for. */
  readonly after?: readonly Awaited[] | undefined;
  /** The wish is this earlier revision, as it was. */
  readonly rollbackOf?: number | undefined;
  /** It may end a canary that waits for a user. */
  readonly replace?: boolean | undefined;
}

export type Admission =
  /** Nothing is written: it runs as wished, or the running rollout does just this. */
  | { readonly action: 'none'; readonly reason: string }
  | { readonly action: 'join'; readonly reason: string; readonly deployment: Deployment }
  | {
      readonly action: 'create' | 'replace' | 'update' | 'supersede';
      readonly reason: string;
      readonly service: Service;
      readonly revision: Revision;
      readonly deployment: Deployment;
      /** The running rollout, ended by this one. */
      readonly superseded?: Deployment | undefined;
    };

/**
 * What a wish for a service comes to, given how it stands. Pure: the caller writes what it says, in one transaction.
 *
 * @throws OrcaError `conflict` for a service that is being removed, and while a canary of it is on
 */
export function admit(input: AdmitInput): Admission {
  const { service, activeDeployment } = input;
  if (service?.removing) throw beingRemoved(service.name);
  if (activeDeployment) return duringRollout(input, activeDeployment);
  const kind = kindOf(input);
  if (kind.action === 'none') return { action: 'none', reason: `${unchangedText(input)}${scaleNote(input)}` };
  return { ...written(input), action: kind.action, reason: `${kind.reason}${scaleNote(input)}` };
}

function unchangedText({ spec, rollbackOf, service }: AdmitInput): string {
  if (rollbackOf === undefined) return `${spec.name} is unchanged`;
  if (rollbackOf === service?.revision) return `${spec.name} already runs revision ${rollbackOf}`;
  return `${spec.name} already runs what revision ${rollbackOf} was, as revision ${service?.revision}`;
}

export const beingRemoved = (name: string): OrcaError =>
  new OrcaError('conflict', `${name} is being removed`, {
    hint: 'deploy it again once `orca status` no longer shows it',
    details: { service: name },
  });

/** The same wish joins the rollout, unless it is already on its way back; any other one takes its place. */
function duringRollout(input: AdmitInput, active: Deployment): Admission {
  const { spec, rollbackOf, nextDeployment, now } = input;
  const same =
    goesBackSince(active) === undefined &&
    !input.service?.paused &&
    active.to === input.current?.number &&
    isSame(input);
  if (same) {
    return { action: 'join', deployment: active, reason: `deployment ${active.id} already brings ${spec.name} there` };
  }
  if (!input.replace && !input.service?.paused) requireNoCanary(active);
  const superseded: Deployment = {
    ...active,
    state: 'superseded',
    supersededBy: nextDeployment,
    reason: `superseded by deployment ${nextDeployment}`,
    endedAt: now,
  };
  const back = rollbackOf === undefined ? '' : `goes back to revision ${rollbackOf}, `;
  const reason = `${back}takes the place of deployment ${active.id}${scaleNote(input)}`;
  return { ...written(input), action: 'supersede', reason, superseded };
}

/** A user decides about it: nothing else ends it in passing. */
function requireNoCanary(active: Deployment): void {
  const canary = canaryOf(active);
  if (!canary || isHeld(active)) return;
  const { id, service, to } = active;
  throw new OrcaError(
    'conflict',
    `a canary of ${service} is on: deployment ${id}, step ${canary.step} of ${canary.of}, revision ${to}`,
    {
      hint: `\`orca promote ${service}\` or \`orca rollback ${service}\` ends it; \`orca deploy --replace\` deploys in its place`,
      details: { service, deployment: id, canary: true },
    },
  );
}

interface Kind {
  readonly action: 'create' | 'replace' | 'update' | 'none';
  readonly reason: string;
}

/** In the order of their weight; the first that holds. */
function kindOf(input: AdmitInput): Kind {
  const { service, current, spec } = input;
  if (!service || !current) return { action: 'create', reason: `${spec.name} is new` };
  if (service.stable === undefined)
    return { action: 'create', reason: `no deployment of ${spec.name} has succeeded yet` };
  if (service.paused) return { action: 'create', reason: `${spec.name} was stopped and is started again` };
  if (!isSame(input)) return changed(input, current);
  if (service.stable !== service.revision) {
    return { action: 'replace', reason: `the last deployment of ${spec.name} has failed and is tried again` };
  }
  return { action: 'none', reason: '' };
}

/** A change that reaches no container (its hash stays) is an update; an unresolved image may be another one. */
function changed({ spec, image, rollbackOf }: AdmitInput, current: Revision): Kind {
  const what = rollbackOf === undefined ? 'has changed' : `goes back to revision ${rollbackOf}`;
  const sameHash = image !== undefined && containerHash(spec, image) === current.hash;
  const reason = `${spec.name} ${what}: ${describeChange(current, spec, image)}`;
  return { action: sameHash ? 'update' : 'replace', reason };
}

const NAMED = 3;

function describeChange(current: Revision, spec: ServiceSpec, image: ResolvedImage | undefined): string {
  const paths = diffSpecs(current.spec, spec).map(({ path }) => path);
  if (paths.length === 0) return `${image?.ref ?? spec.image} stands for another image now`;
  const more = paths.length - NAMED;
  return `${paths.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** An image that cannot be asked for now is taken for the one that runs: what serves is not touched on a guess. */
function isSame({ current, spec, image }: AdmitInput): boolean {
  if (!current || canonicalJson(current.spec) !== canonicalJson(spec)) return false;
  return image === undefined || current.image === undefined || image.digest === current.image.digest;
}

/** The records of a new rollout. Each has a revision of its own: it is what the deployment is about. */
function written(input: AdmitInput) {
  const { service, spec, image, nextRevision, nextDeployment, now, by, rollbackOf } = input;
  const { project, name } = spec;
  const revision: Revision = {
    project,
    service: name,
    number: nextRevision,
    spec,
    ...(image && { image, hash: containerHash(spec, image) }),
    createdAt: now,
    ...(by !== undefined && { by }),
    ...(rollbackOf !== undefined && { rollbackOf }),
  };
  const deployment: Deployment = {
    id: nextDeployment,
    project,
    service: name,
    from: service?.stable,
    to: nextRevision,
    before: countBefore(input),
    ...endsOf(input, revision),
    state: 'pending',
    strategy: spec.deploy.strategy,
    ...firstStep(input, revision),
    ...(input.activeDeployment?.cutOver && { cutOver: input.activeDeployment.cutOver }),
    ...waitsOf(input),
    ...(mayRelease(input, revision) && { release: {} }),
    reason: 'waits to be begun',
    startedAt: now,
  };
  const next: Service = {
    project,
    name,
    revision: nextRevision,
    stable: service?.stable,
    ...replicasOf(input),
    paused: false,
    removing: false,
    deployment: nextDeployment,
    createdAt: service?.createdAt ?? now,
  };
  return { service: next, revision, deployment };
}

function waitsOf({
  after = [],
  spec,
  service,
  activeDeployment,
}: AdmitInput): Pick<Deployment, 'after' | 'wasStopped'> {
  const waits = after.length > 0;
  const wasStopped = service?.paused === true || activeDeployment?.wasStopped === true;
  return { ...(waits && { after }), ...((waits || spec.release) && wasStopped && { wasStopped: true }) };
}

/** Not for a rollback, nor where no container is replaced as far as that is known now. */
const mayRelease = ({ service, current, rollbackOf, spec }: AdmitInput, { hash }: Revision): boolean =>
  spec.release !== undefined &&
  rollbackOf === undefined &&
  (hash === undefined || hash !== current?.hash || service?.stable !== current.number);

/** A manual scale stays while the file's count is unchanged; a changed count ends it. */
function replicasOf({ service, spec }: AdmitInput): Pick<Service, 'replicas' | 'scaledFrom'> {
  if (service?.scaledFrom === undefined || service.scaledFrom !== spec.replicas) return { replicas: spec.replicas };
  return { replicas: service.replicas, scaledFrom: service.scaledFrom };
}

/** What is deployed is run, though it ran to its end before; not by an update that touches no container. */
function endsOf(
  { service, current, activeDeployment: active, nextDeployment }: AdmitInput,
  { hash }: Revision,
): Pick<Deployment, 'endsFrom' | 'endsSince'> {
  const fromHere = { endsFrom: nextDeployment };
  if (hash === undefined || hash !== current?.hash) return fromHere;
  if (active)
    return goesBackSince(active) !== undefined ? fromHere : { endsFrom: active.endsFrom, endsSince: active.endsSince };
  return service?.paused || service?.stable !== service?.revision ? fromHere : {};
}

/** As it was before the rollouts that never ended; a manual scale in between counts. */
function countBefore({ service, activeDeployment }: AdmitInput): Deployment['before'] {
  if (service?.stable === undefined) return undefined;
  const { replicas, scaledFrom } = service;
  return scaledFrom === undefined && activeDeployment?.before ? activeDeployment.before : { replicas, scaledFrom };
}

function scaleNote({ service, spec }: AdmitInput): string {
  if (service?.scaledFrom === undefined) return '';
  return service.scaledFrom === spec.replicas
    ? `; it stays scaled by hand to ${service.replicas}, the file says ${spec.replicas}`
    : `; its count has changed in the file, which ends the manual scale to ${service.replicas}`;
}
