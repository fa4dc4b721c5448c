import { OrcaError } from '../../core/errors.ts';
import { type Deployment, isEnded } from '../../core/model/deployment.ts';
import type { Node } from '../../core/model/node.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { type Admission, admit } from '../../core/rollout/admit.ts';
import { takenBy } from '../../core/rollout/claims.ts';
import type { Stored } from '../../store/collection.ts';
import type { ClusterValue, State } from '../../store/state.ts';
import type { Prepared } from './prepare.ts';

/** How things stand where a wish is decided on. All of it is compared when the decision is written. */
export interface Standing {
  readonly counter: Stored<ClusterValue> | undefined;
  readonly service: Stored<Service> | undefined;
  readonly revisions: readonly Revision[];
  readonly active: Stored<Deployment> | undefined;
  readonly neededRevisions: ReadonlySet<number>;
  /** Specs of the other services, as they serve or are about to. */
  readonly others: readonly ServiceSpec[];
  readonly nodes: readonly Node[];
}

export type ReadStanding = (spec: ServiceSpec) => Promise<Standing>;

/** For one request: specs are kept between calls, as a revision never changes its spec. */
export function createStandingReader(state: State): ReadStanding {
  const specs = new Map<string, ServiceSpec>();

  async function specOf({ project, name }: Service, number: number): Promise<readonly ServiceSpec[]> {
    const key = `${project}/${name}/${number}`;
    const spec = specs.get(key) ?? (await state.revisions.get(project, name, number))?.value.spec;
    if (spec) specs.set(key, spec);
    return spec ? [spec] : [];
  }

  /** What serves and what is to serve: both hold their domains. */
  async function specsOf(services: readonly Service[]): Promise<readonly ServiceSpec[]> {
    const held = services.flatMap((service) =>
      [...new Set([service.revision, service.stable ?? service.revision])].map((number) => specOf(service, number)),
    );
    return (await Promise.all(held)).flat();
  }

  async function activeDeployment(service: Service | undefined): Promise<Stored<Deployment> | undefined> {
    const named = service?.deployment === undefined ? undefined : await state.deployments.get(service.deployment);
    return named && !isEnded(named.value.state) ? named : undefined;
  }

  return async ({ project, name }) => {
    const counter = await state.cluster.get('deployment');
    const [services, revisions, tasks, nodes] = await Promise.all([
      state.services.list(),
      state.revisions.list(project, name),
      state.tasks.list(project, name),
      state.nodes.list(),
    ]);
    const service = services.find(({ value }) => value.project === project && value.name === name);
    const active = await activeDeployment(service?.value);
    const running = tasks.filter(({ value }) => value.phase !== 'ended').map(({ value }) => value.revision);
    return {
      counter,
      service,
      active,
      revisions: revisions.map(({ value }) => value),
      neededRevisions: new Set([...running, ...numbersIn(service?.value), ...numbersIn(active?.value)]),
      others: await specsOf(services.filter((other) => other !== service).map(({ value }) => value)),
      nodes: nodes.map(({ value }) => value),
    };
  };
}

const numbersIn = (record: Service | Deployment | undefined): readonly number[] => {
  if (!record) return [];
  const numbers = 'revision' in record ? [record.revision, record.stable] : [record.to, record.from];
  return numbers.filter((number) => number !== undefined);
};

/**
 * Decides on a wish as things stand.
 *
 * @param others specs that other wishes of the same request bring, where those are not written
 * @throws OrcaError `conflict`, `unplaceable`
 */
export function decide(
  standing: Standing,
  wish: Prepared,
  now: number,
  others: readonly ServiceSpec[] = [],
): Admission {
  const { service, active, revisions, counter } = standing;
  const admission = admit({
    service: service?.value,
    current: revisions.find(({ number }) => number === service?.value.revision),
    activeDeployment: active?.value,
    spec: wish.spec,
    image: wish.image,
    nextRevision: Math.max(0, ...revisions.map(({ number }) => number)) + 1,
    nextDeployment: (counter?.value.number ?? 0) + 1,
    now,
  });
  if (admission.action === 'none' || admission.action === 'join') return admission;
  requireFree(wish.spec, [...standing.others, ...others]);
  requirePlace(wish.spec, admission.service.replicas, standing.nodes);
  return admission;
}

function requireFree(spec: ServiceSpec, others: readonly ServiceSpec[]): void {
  const claim = takenBy(spec, others);
  if (!claim) return;
  const owner = claim.project === spec.project ? `the service ${claim.service}` : 'a service of another project';
  throw new OrcaError('conflict', `${claim.what} belongs to ${owner} already`, {
    hint: 'choose another domain, path or port, or remove the other service first',
    details: { taken: claim.what },
  });
}

/** One host port is once on each node. */
function requirePlace(spec: ServiceSpec, replicas: number, nodes: readonly Node[]): void {
  const { node } = spec.placement;
  const open = nodes.filter(
    ({ name, availability }) => availability === 'active' && (node === undefined || name === node),
  );
  if (nodes.length === 0) return;
  if (open.length === 0) {
    throw new OrcaError(
      'unplaceable',
      node === undefined ? 'no node takes new tasks' : `no node ${node} takes new tasks`,
      {
        hint: `nodes: ${nodes.map(({ name, availability }) => `${name} (${availability})`).join(', ')}`,
      },
    );
  }
  const [port] = spec.ports;
  if (port && replicas > open.length) {
    throw new OrcaError(
      'unplaceable',
      `${replicas} replicas cannot publish host port ${port.host} on ${open.length} ${open.length === 1 ? 'node' : 'nodes'}`,
      { hint: 'one replica a node can have it: use fewer replicas, or a domain instead of the port' },
    );
  }
}
