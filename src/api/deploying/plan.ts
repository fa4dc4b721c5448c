import { createHash } from 'node:crypto';
import type { Plan, PlannedService, PlannedStep } from '../../contract/plan.ts';
import type { World } from '../../controllers/world.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { diffSpecs } from '../../core/model/spec-diff.ts';
import type { Task } from '../../core/model/task.ts';
import { inOrder } from '../../core/order/depends-on.ts';
import type { Admission } from '../../core/rollout/admit.ts';
import { type Forecast, type ForecastInput, forecasting } from '../../core/rollout/forecast.ts';
import { whatFor } from '../../core/rollout/others.ts';
import type { OwnPorts } from '../../core/rollout/own-ports.ts';
import type { RouteQuota } from '../../core/rollout/route-quota.ts';
import { RELEASE_SLOT } from '../../core/rollout/slot.ts';
import type { Step } from '../../core/rollout/step.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { Fingerprint } from '../../identity/fingerprint.ts';
import type { State } from '../../store/state.ts';
import { bodyOf } from '../http/error-status.ts';
import type { Manner } from './admitting.ts';
import { awaitedOf, type Decided } from './awaiting.ts';
import { deliveryPlace } from './delivery-place.ts';
import { downtimeWarning } from './downtime-warning.ts';
import { forecastInput } from './forecast-input.ts';
import { keptServices } from './kept-services.ts';
import { asOnlooker, hideValues } from './onlooker.ts';
import { pathOf } from './outcome.ts';
import type { CheckCertificate } from './own-certificate.ts';
import { plannedCanary, type Reverting, type Rollout, revertInput, revertPlan, throughWarning } from './plan-canary.ts';
import { presentStep } from './planned-step.ts';
import { type Prepared, type PreparingOptions, prepare, readSpecs } from './prepare.ts';
import { pullsOf } from './pulls.ts';
import { withPushedCommits } from './pushed.ts';
import { refusedNodes } from './refused-nodes.ts';
import { createSlices } from './slices.ts';
import { createStandingReader, decide, type Standing } from './standing.ts';

export interface PlanningOptions extends Pick<PreparingOptions, 'acme'> {
  readonly checkCertificate?: CheckCertificate | undefined;
  readonly state: State;
  /** Of the master's own machine: it asks registries. */
  readonly engine: Engine;
  readonly engines: Engines;
  readonly clock: { now(): number };
  readonly quota?: RouteQuota | undefined;
  readonly ownPorts?: OwnPorts | undefined;
  readonly apiDomain?: string | undefined;
  readonly fingerprint: Fingerprint;
  readonly world: Pick<World, 'candidate'>;
}

/** A plan that can be read. More are what many services of many replicas come to. */
export const MAX_STEPS = 10_000;
/** What a plan takes in memory, bytes: its steps, and the same again as text. */
export const PLAN_ROOM = 8 * 1024 * 1024;

/**
 * The same way as a deploy, up to the point where that would write.
 *
 * @throws OrcaError `too_large` for a plan of more than `MAX_STEPS`
 */
export interface Planning {
  /** @throws OrcaError `invalid` */
  ofBody(body: unknown, caller: Caller, how: Manner & { readonly signal: AbortSignal }): Promise<Plan>;
  /** Of wishes that no body tells. */
  of(wishes: readonly Prepared[], caller: Caller, signal: AbortSignal): Promise<Plan>;
  /** Of a canary that is taken back. */
  ofRevert(reverting: Reverting, tasks: readonly Task[], signal: AbortSignal): Promise<Plan>;
}

export function createPlanning(options: PlanningOptions): Planning {
  const inSlices = createSlices();
  const of: Planning['of'] = (wishes, caller, signal) =>
    plan({ ...options, signal, foresee: (input) => inSlices(forecasting(input), signal) }, wishes, caller);
  const { state } = options;
  return {
    of,
    ofBody: async (body, caller, { replace, signal }) => {
      const wishes = await withPushedCommits(state, readSpecs(body));
      const prepared = await prepare(
        options,
        wishes.map((wish) => ({ ...wish, replace })),
        caller,
      );
      return of(prepared, caller, signal);
    },
    ofRevert: async (reverting, tasks, signal) =>
      withHash(revertPlan(reverting, await inSlices(forecasting(revertInput(reverting, tasks)), signal))),
  };
}

interface Tools extends PlanningOptions {
  readonly foresee: (input: ForecastInput) => Promise<Forecast>;
  readonly signal: AbortSignal;
}

async function plan(tools: Tools, wishes: readonly Prepared[], caller: Caller): Promise<Plan> {
  const { state, clock, quota, ownPorts, apiDomain, fingerprint } = tools;
  const readStanding = createStandingReader(state, quota, ownPorts, deliveryPlace(apiDomain), tools);
  const parts: Part[] = [];
  const taken: ServiceSpec[] = [];
  let steps = 0;
  const decided: Decided[] = [];
  for (const asked of inOrder(wishes, ({ spec }) => spec)) {
    const wish = await withAwaited(state, asked, decided);
    const standing = await readStanding(wish.spec);
    const current = standing.revisions.find(({ number }) => number === standing.service?.value.revision);
    const looked = wish.looksOnly ? asOnlooker(wish, current) : wish;
    const planned = await planOne(tools, looked, standing, taken, clock.now());
    const part = wish.looksOnly ? hidden(planned, wish.spec, current?.spec, fingerprint) : planned;
    if (!part.refusal) taken.push(wish.spec);
    decided.push({ spec: wish.spec, isRefused: part.refusal !== undefined });
    parts.push(part);
    steps += part.steps.length;
    if (steps > MAX_STEPS) throw tooManySteps();
  }
  const { pull, warnings } = await pullsOf(tools, parts);
  return withHash({
    services: parts.flatMap(({ service }) => service ?? []),
    steps: parts.flatMap(({ steps }) => steps),
    pull,
    volumes: volumesOf(wishes),
    warnings: [...parts.flatMap(({ warnings: told }) => told), ...warnings],
    kept: await keptServices(state, caller, wishes),
    errors: parts.flatMap(({ wish, refusal }) => (refusal ? [presentRefusal(wish, refusal)] : [])),
  });
}

/** What it waits for; or why it is refused for what it depends on. */
async function withAwaited(state: State, wish: Prepared, decided: readonly Decided[]): Promise<Prepared> {
  try {
    return { ...wish, after: await awaitedOf(state, wish, decided) };
  } catch (refusal) {
    if (!(refusal instanceof OrcaError)) throw refusal;
    return { ...wish, refusal: wish.refusal ?? refusal };
  }
}

interface Part {
  readonly wish: Prepared;
  readonly service?: PlannedService | undefined;
  readonly steps: readonly PlannedStep[];
  readonly warnings: readonly string[];
  readonly refusal?: OrcaError | undefined;
}

function hidden(part: Part, wished: ServiceSpec, current: ServiceSpec | undefined, fingerprint: Fingerprint): Part {
  const { service } = part;
  if (!service) return part;
  return { ...part, service: { ...service, diff: hideValues(service.diff, wished, current, fingerprint) } };
}

async function planOne(
  { foresee, signal }: Tools,
  wish: Prepared,
  standing: Standing,
  taken: readonly ServiceSpec[],
  now: number,
): Promise<Part> {
  try {
    if (wish.refusal) throw wish.refusal;
    const admission = decide(standing, wish, { now, others: taken });
    const current = standing.revisions.find(({ number }) => number === standing.service?.value.revision);
    if (admission.action === 'none' || admission.action === 'join') return unchangedPart(wish, admission);
    const ahead = await foresee(forecastInput(standing, admission));
    const nameOf = (node: string) => standing.room.cluster.node(node)?.name ?? node;
    const chosen = new Set(ahead.steps.flatMap((step) => (step.kind === 'assign' ? step.node : [])));
    const refused = refusedNodes(standing.room.now, wish.spec, chosen);
    return changedPart(wish, admission, current, { ahead, nameOf, refused });
  } catch (error) {
    if (!(error instanceof OrcaError) || signal.aborted) throw error;
    return { wish, steps: [], warnings: [], refusal: error };
  }
}

const common = ({ spec }: Prepared) => ({
  name: spec.name,
  project: spec.project,
  strategy: spec.deploy.strategy,
  second_set: null,
  canary: null,
});

const unchangedPart = (wish: Prepared, { reason }: Admission): Part => ({
  wish,
  service: { ...common(wish), action: 'none', reason, diff: [], placement: [], refused: [], downtime_ms: 0 },
  steps: [],
  warnings: wish.warnings,
});

interface Foreseen {
  readonly ahead: Forecast;
  readonly nameOf: (node: string) => string;
  readonly refused: PlannedService['refused'];
}

function changedPart(
  wish: Prepared,
  admission: Rollout,
  current: Revision | undefined,
  { ahead, nameOf, refused }: Foreseen,
): Part {
  const { spec } = wish;
  const steps = [...beginning(wish, admission), ...ahead.steps].map((step) => presentStep(spec, step, ahead.downtime));
  return {
    wish,
    service: {
      ...common(wish),
      action: actionOf(admission, current),
      reason: admission.reason,
      diff: changesOf(current, admission.revision),
      placement: ahead.steps.flatMap((step) =>
        step.kind === 'assign' && step.slot !== RELEASE_SLOT
          ? [
              {
                slot: step.slot,
                node: nameOf(step.node),
                why: step.placed === undefined ? step.reason : `${step.reason}; ${step.placed}`,
              },
            ]
          : [],
      ),
      refused,
      second_set: secondSet(spec, ahead),
      canary: plannedCanary(admission, ahead),
      downtime_ms: ahead.downtime,
    },
    steps,
    warnings: [
      ...wish.warnings,
      ...downtimeWarning(spec, current?.spec, ahead),
      ...throughWarning(wish, admission, ahead),
    ],
  };
}

/** It waits for what it depends on before anything else. */
function beginning({ after = [] }: Prepared, { deployment: { id } }: Rollout): readonly Step[] {
  if (after.length === 0) return [];
  return [{ kind: 'begin', deployment: id, reason: `waits for ${after.map(whatFor).join(' and for ')}` }];
}

/** What a full second set takes of memory, beside the one that serves. */
function secondSet({ deploy, reserve }: ServiceSpec, { steps }: Forecast): PlannedService['second_set'] {
  if (deploy.strategy !== 'blue-green') return null;
  const tasks = steps.filter((step) => step.kind === 'assign' && step.slot !== RELEASE_SLOT).length;
  const memory = tasks === 0 ? 0 : reserve.memory;
  return { tasks, memory_bytes: memory === undefined ? null : tasks * memory, keep_ms: deploy.keep ?? 0 };
}

/** What a rollout that takes another's place comes to, for those who read the plan. */
function actionOf({ action, revision }: Rollout, current: Revision | undefined): PlannedService['action'] {
  if (action !== 'supersede') return action;
  return revision.hash !== undefined && revision.hash === current?.hash ? 'update' : 'replace';
}

/** In the manifest's words; the same tag may stand for another image. */
function changesOf(current: Revision | undefined, next: Revision): PlannedService['diff'] {
  const [from, to] = [current?.image?.digest, next.image?.digest];
  const digest =
    current && from !== to && to !== undefined ? [{ path: 'digest', from: from ?? null, to: to ?? null }] : [];
  return [...diffSpecs(current?.spec, next.spec), ...digest];
}

/** Each once, however many services mount it. */
function volumesOf(wishes: readonly Prepared[]): Plan['volumes'] {
  const all = wishes.flatMap(({ volumes = [], refusal }) => (refusal ? [] : volumes));
  return [...new Map(all.map((volume) => [volume.name, volume])).values()];
}

function presentRefusal({ spec }: Prepared, refusal: OrcaError): Plan['errors'][number] {
  const { error, code, hint = null } = bodyOf(refusal);
  return { name: spec.name, project: spec.project, code, error, hint, ...pathOf(refusal) };
}

const tooManySteps = (): OrcaError =>
  new OrcaError('too_large', `the plan has more than ${MAX_STEPS} steps`, {
    hint: 'plan fewer services at once; deploy takes them all',
    details: { limit: MAX_STEPS },
  });

/** Two plans with the same hash are the same plan. */
const withHash = (content: Omit<Plan, 'hash'>): Plan => ({
  hash: createHash('sha256').update(JSON.stringify(content)).digest('hex'),
  ...content,
});
