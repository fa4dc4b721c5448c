import { exclusiveIn } from '../../core/claims/claim.ts';
import { type Claims, requireFree } from '../../core/claims/require-free.ts';
import { OrcaError } from '../../core/errors.ts';
import type { ClusterValue } from '../../core/model/cluster-value.ts';
import { type Deployment, isEnded } from '../../core/model/deployment.ts';
import type { Revision } from '../../core/model/revision.ts';
import { type Service, serviceKey } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { Task } from '../../core/model/task.ts';
import { requireConsent } from '../../core/names/consent.ts';
import { requireVisible } from '../../core/names/require-visible.ts';
import { type Admission, type AdmitInput, admit } from '../../core/rollout/admit.ts';
import { admitRestart } from '../../core/rollout/admit-restart.ts';
import { type OwnPort, type OwnPorts, requireNotOwn } from '../../core/rollout/own-ports.ts';
import { overRouteQuota, ROUTE_QUOTA, type RouteQuota } from '../../core/rollout/route-quota.ts';
import { type ApiRoute, requireNotApi } from '../../core/route/api-route.ts';
import type { Stored } from '../../store/collection.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { StoredService } from '../../store/services.ts';
import type { State } from '../../store/state.ts';
import type { Prepared } from './prepare.ts';
import type { Wish } from './pushed.ts';
import { type RoomInTime, type RoomSource, requirePlace, roomFor } from './require-place.ts';

/** How things stand where a wish is decided on. All of it is compared when the decision is written. */
export interface Standing {
  readonly counter: Stored<ClusterValue> | undefined;
  /** How often versions of secrets and contents of files were taken away. */
  readonly removals: Stored<ClusterValue> | undefined;
  readonly service: StoredService | undefined;
  readonly revisions: readonly Revision[];
  readonly active: Stored<Deployment> | undefined;
  readonly tasks: readonly Task[];
  readonly neededRevisions: ReadonlySet<number>;
  /** By the other services. */
  readonly claims: Claims;
  /** Where tasks can be put, and what everybody holds there. */
  readonly room: RoomInTime;
  readonly quota: RouteQuota;
  /** Orca's, which no service may publish. */
  readonly ownPorts: readonly OwnPort[];
  /** The place in the ingress that is orca's. */
  readonly api?: Pick<ApiRoute, 'host' | 'path'> | undefined;
}

export type ReadStanding = (spec: ServiceSpec) => Promise<Standing>;

const ANY_NODE: Omit<RoomSource, 'state'> = {
  world: { candidate: () => ({ status: 'ready' }) },
  clock: { now: () => 0 },
};

/** For one request: specs are kept between calls, as a revision never changes its spec. */
export function createStandingReader(
  state: State,
  quota: RouteQuota = ROUTE_QUOTA,
  ownPorts: OwnPorts = () => [],
  api?: Pick<ApiRoute, 'host' | 'path'>,
  around: Omit<RoomSource, 'state'> = ANY_NODE,
): ReadStanding {
  const specs = new Map<string, ServiceSpec>();

  async function specOf({ project, name }: Service, number: number): Promise<readonly ServiceSpec[]> {
    const key = `${project}/${name}/${number}`;
    const spec = specs.get(key) ?? (await ifReadable(state.revisions.get(project, name, number)))?.value.spec;
    if (spec) specs.set(key, spec);
    return spec ? [spec] : [];
  }

  const specsOf = async (services: readonly Service[], numbersOf: (of: Service) => readonly number[]) =>
    (await Promise.all(services.flatMap((one) => numbersOf(one).map((number) => specOf(one, number))))).flat();

  /** Only what one task can have is in the way once a task is on its way out: without it nobody asks. */
  async function stoppingSpecs(services: readonly Service[], asked: ServiceSpec): Promise<readonly ServiceSpec[]> {
    if (exclusiveIn(asked) === undefined) return [];
    const { records } = await state.tasks.listReadable();
    const tasks = records.map(({ value }) => value).filter(({ phase }) => phase !== 'ended');
    const running = Map.groupBy(tasks, ({ project, service }) => serviceKey(project, service));
    const specs = await specsOf(services, ({ project, name, revision, stable }) => {
      const numbers = new Set((running.get(serviceKey(project, name)) ?? []).map((task) => task.revision));
      return [...numbers].filter((number) => number !== revision && number !== stable);
    });
    return specs.map((spec) => ({ ...spec, domains: [], routes: [] }));
  }

  async function claimsOf(services: readonly Service[], spec: ServiceSpec): Promise<Claims> {
    const [wanted, serving, stopping] = await Promise.all([
      specsOf(services, ({ revision }) => [revision]),
      specsOf(services, ({ revision, stable = revision }) => (stable === revision ? [] : [stable])),
      stoppingSpecs(services, spec),
    ]);
    return { wanted, serving, stopping };
  }

  async function activeDeployment(service: Service | undefined): Promise<Stored<Deployment> | undefined> {
    const named = service?.deployment === undefined ? undefined : await state.deployments.get(service.deployment);
    return named && !isEnded(named.value.state) ? named : undefined;
  }

  return async (spec) => {
    const { project, name } = spec;
    const counter = await state.cluster.get('deployment');
    const removals = await state.cluster.get('removals');
    const [service, services, revisions, tasks, room] = await Promise.all([
      state.services.get(project, name),
      state.services.listReadable(),
      state.revisions.list(project, name),
      state.tasks.list(project, name),
      roomFor({ state, ...around }, async (one, number) => (await specOf(one, number))[0], spec),
    ]);
    const active = await activeDeployment(service?.value);
    const running = tasks.filter(({ value }) => value.phase !== 'ended').map(({ value }) => value.revision);
    return {
      counter,
      removals,
      service,
      active,
      tasks: tasks.map(({ value }) => value),
      revisions: revisions.map(({ value }) => value),
      neededRevisions: new Set([...running, ...numbersIn(service?.value), ...numbersIn(active?.value)]),
      claims: await claimsOf(
        services.records.map(({ value }) => value).filter((other) => other.project !== project || other.name !== name),
        spec,
      ),
      room,
      quota,
      ownPorts: ownPorts(),
      api,
    };
  };
}

const numbersIn = (record: Service | Deployment | undefined): readonly number[] => {
  if (!record) return [];
  const numbers = 'revision' in record ? [record.revision, record.stable] : [record.to, record.from];
  return numbers.filter((number) => number !== undefined);
};

interface Moment {
  readonly now: number;
  /** Who asks. */
  readonly by?: string | undefined;
  /** Specs that other wishes of the same request bring, where those are not written. */
  readonly others?: readonly ServiceSpec[] | undefined;
}

/**
 * Decides on a wish as things stand.
 *
 * @throws OrcaError `conflict`, `unplaceable`; `invalid` for more routes than it may have; `forbidden` for a grant
 */
export function decide(standing: Standing, wish: Prepared, { now, by, others = [] }: Moment): Admission {
  const { service, active, revisions, counter } = standing;
  requireNotOwn(wish.spec, standing.ownPorts);
  requireNotApi(wish.spec, standing.api);
  requireBase(wish, service?.value);
  const input: AdmitInput = {
    service: service?.value,
    current: revisions.find(({ number }) => number === service?.value.revision),
    activeDeployment: active?.value,
    spec: wish.spec,
    image: wish.image,
    rollbackOf: wish.rollbackOf,
    replace: wish.replace,
    after: wish.after,
    nextRevision: Math.max(0, ...revisions.map(({ number }) => number)) + 1,
    nextDeployment: (counter?.value.number ?? 0) + 1,
    now,
    by,
  };
  const admission = wish.restart ? admitRestart(input) : admit(input);
  if (admission.action === 'none' || admission.action === 'join') return admission;
  const { claims } = standing;
  const own = ownSpecs(standing);
  requireConsent(wish.spec, own, wish.mayDeployTo);
  const { mayDeployTo } = wish;
  // An earlier revision meant what it says: `db` was elsewhere then.
  if (wish.rollbackOf === undefined)
    requireVisible(wish.spec, { own, others: besides(claims.wanted, wish.request), mayDeployTo });
  requireQuota(
    wish.spec,
    [...claims.wanted.filter((spec) => !others.some((next) => isSame(spec, next))), ...others],
    standing.quota,
  );
  requireFree({ ...wish, own }, { ...claims, wanted: [...claims.wanted, ...others] });
  requirePlace(wish.spec, admission.service.replicas, standing.room, others);
  return admission;
}

/** A part of it was taken from a revision: had another one been wanted meanwhile, this would undo that. */
function requireBase({ spec, basedOn }: Wish, service: Service | undefined): void {
  if (basedOn === undefined || basedOn === service?.revision) return;
  throw new OrcaError('conflict', `${spec.name} was deployed by another while this was prepared`, {
    hint: 'deploy it again',
    details: { outdated: basedOn },
  });
}

/** Those of one request were held against each other when it was read. */
const besides = (specs: readonly ServiceSpec[], request: readonly ServiceSpec[]): readonly ServiceSpec[] =>
  specs.filter((spec) => !request.some((asked) => isSame(asked, spec)));

const isSame = (a: ServiceSpec, b: ServiceSpec): boolean => a.project === b.project && a.name === b.name;

/** Before it is compared with what others hold: that takes the longer, the more it asks for. */
function requireQuota(spec: ServiceSpec, others: readonly ServiceSpec[], quota: RouteQuota): void {
  const over = overRouteQuota(spec, others, quota);
  if (over) throw new OrcaError('invalid', over.message, { hint: over.hint });
}

const ownSpecs = ({ service, revisions }: Standing): readonly ServiceSpec[] =>
  revisions
    .filter(({ number }) => number === service?.value.revision || number === service?.value.stable)
    .map(({ spec }) => spec);
