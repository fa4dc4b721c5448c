import { isOver } from '../../core/elapsed.ts';
import { OrcaError } from '../../core/errors.ts';
import { type Deployment, goesBackSince } from '../../core/model/deployment.ts';
import type { PullProgress } from '../../core/model/pull-progress.ts';
import { type ServiceKey, serviceKey } from '../../core/model/service.ts';
import { isHeld } from '../../core/rollout/held.ts';
import type { Means } from '../../core/rollout/observed.ts';
import { type Plan, planService } from '../../core/rollout/plan-service.ts';
import type { Step } from '../../core/rollout/step.ts';
import { unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';
import type { World } from '../world.ts';
import type { Executor } from './executor.ts';
import { createOthers } from './others.ts';
import { readRecords, type ServiceRecords } from './records.ts';
import type { ReadRevision } from './revisions.ts';
import { sightOf } from './sight.ts';

export interface ServiceControllerOptions {
  readonly state: State;
  readonly world: World;
  readonly executor: Executor;
  readonly commit: Commit;
  readonly clock: { now(): number };
  readonly readRevision: ReadRevision;
  /** What a planner may use for this service, at this moment. */
  readonly means: (records: ServiceRecords) => Omit<Means, 'others'>;
  /** After each pass: does the service wait for anything, or is anything of it under way? */
  readonly onPass: (key: ServiceKey, isCalm: boolean) => void;
}

/** While a deployment runs, time alone moves it on (deadlines, `monitor`): it is looked at this often. */
const ROLLOUT_TICK = 500;
const CALM_TICK = 10_000;
/** Words change faster than anybody reads, and each change is a write that all who watch are told of. */
const WORDS_EVERY = 250;
/** Deployments of which it is known when they last told something; more of them tell it sooner. */
const REMEMBERED = 1_000;

/** One pass over one service: observe, plan, begin the steps. Returns when to look again, epoch ms. */
export function createServiceController(
  options: ServiceControllerOptions,
): (key: string) => Promise<number | undefined> {
  const { state, world, executor, clock, means } = options;
  const say = createSay(options);
  const readOthers = createOthers(options);
  return async (key) => {
    const [project, name] = key.split('/') as [string, string];
    const ticket = executor.ticket();
    const records = await readRecords(state, project, name, options.readRevision);
    if (!records) options.onPass(serviceKey(project, name), true);
    if (!records) return undefined;
    const now = clock.now();
    const found = means(records);
    const others = await readOthers(records);
    const plan = planService({ ...sightOf(records, world), ...found, others }, now);
    const isWaiting = isHeld(records.deployment?.value);
    const rested = executor.begin((isWaiting && records.from) || records.target, plan.steps, ticket);
    options.onPass(serviceKey(project, name), isCalm(records, plan));
    await say(records, { plan, pulling: found.pulling }, now);
    const tick = now + (records.deployment ? ROLLOUT_TICK : CALM_TICK);
    return Math.min(tick, plan.wakeAt ?? tick, rested ?? tick);
  };
}

const isCalm = ({ deployment }: ServiceRecords, { steps, waiting }: Plan): boolean =>
  deployment === undefined && steps.length === 0 && waiting.length === 0;

interface Words {
  readonly plan: Plan;
  readonly pulling: PullProgress | undefined;
}

/** The deployment tells what it waits for; written only when the words change, and not if a step was quicker. */
function createSay({ state, commit }: ServiceControllerOptions) {
  /** When each deployment last told something, while it runs. */
  const saidAt = new Map<number, number>();

  return async ({ deployment }: ServiceRecords, { plan, pulling }: Words, now: number): Promise<void> => {
    if (!deployment || isToldOtherwise(deployment.value) || plan.steps.some(movesDeployment)) return;
    const [reason] = plan.waiting;
    const { id, state: word, reason: before } = deployment.value;
    const next = isHeld(deployment.value) ? ('pending' as const) : ('running' as const);
    const isNews = word !== next || (reason !== undefined && reason !== before);
    if (!isNews || !isOver(saidAt.get(id) ?? 0, WORDS_EVERY, now)) return;
    if (saidAt.size >= REMEMBERED) saidAt.clear();
    saidAt.set(id, now);
    const told = { ...deployment.value, state: next, reason: reason ?? before, pulling };
    await commit([unchanged(deployment)], [state.deployments.put(told)]).catch(ignoreConflict);
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

function ignoreConflict(error: unknown): void {
  if (!(error instanceof OrcaError) || error.code !== 'conflict') throw error;
}
