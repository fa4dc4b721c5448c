import { type ServiceKey, serviceKey } from '../../core/model/service.ts';
import { isHeld } from '../../core/rollout/held.ts';
import type { Means, ServiceView } from '../../core/rollout/observed.ts';
import { type Plan, planService } from '../../core/rollout/plan-service.ts';
import type { Place } from '../../core/schedule/placing.ts';
import type { State } from '../../store/state.ts';
import type { RecentSeats } from '../placing/recent-seats.ts';
import type { World } from '../world.ts';
import type { Blocked } from './blocked.ts';
import type { Executor } from './executor.ts';
import { createOthers } from './others.ts';
import { readRecords, type ServiceRecords } from './records.ts';
import type { ReadRevision } from './revisions.ts';
import { sightOf } from './sight.ts';
import type { Words } from './words.ts';

export interface ServiceControllerOptions {
  readonly state: State;
  readonly world: World;
  readonly executor: Executor;
  readonly clock: { now(): number };
  readonly readRevision: ReadRevision;
  readonly words: Pick<Words, 'say' | 'written'>;
  readonly blocked: Pick<Blocked, 'note'>;
  /** What a planner may use for this service, at this moment. */
  readonly means: (records: ServiceRecords) => Omit<Means, 'others' | 'place'>;
  /** Which nodes its next tasks go to: asked only in a pass that has a task to place, as it reads all there are. */
  readonly placing: (records: ServiceRecords) => Promise<Place>;
  /** What was planned may take a while to be written: nobody else is to be given its room. */
  readonly recent: Pick<RecentSeats, 'planned' | 'forget'>;
  /** After each pass: does the service wait for anything, or is anything of it under way? */
  readonly onPass: (key: ServiceKey, isCalm: boolean) => void;
}

/** While a deployment runs, time alone moves it on (deadlines, `monitor`): it is looked at this often. */
const ROLLOUT_TICK = 500;
const CALM_TICK = 10_000;

/** One pass over one service: observe, plan, begin the steps. Returns when to look again, epoch ms. */
export function createServiceController(
  options: ServiceControllerOptions,
): (key: string) => Promise<number | undefined> {
  const { state, world, executor, clock, means, words } = options;
  const readOthers = createOthers(options);
  return async (key) => {
    const [project, name] = key.split('/') as [string, string];
    await words.written(serviceKey(project, name));
    const ticket = executor.ticket();
    const records = await readRecords(state, project, name, options.readRevision);
    if (!records) {
      options.recent.forget(serviceKey(project, name));
      options.blocked.note(serviceKey(project, name), new Map());
      options.onPass(serviceKey(project, name), true);
      return undefined;
    }
    const now = clock.now();
    const found = means(records);
    const sight = sightOf(records, world);
    const others = await readOthers(records, sight);
    const view = { ...sight, ...found, others };
    const plan = await planWithPlaces(view, () => options.placing(records), now);
    options.recent.planned(records, plan.steps);
    options.blocked.note(serviceKey(project, name), plan.blocked);
    const isWaiting = isHeld(records.deployment?.value);
    const rested = executor.begin((isWaiting && records.from) || records.target, plan.steps, ticket);
    options.onPass(serviceKey(project, name), isCalm(records, plan));
    if (records.deployment) words.say(records.deployment, { plan, pulling: found.pulling?.values().next().value }, now);
    const tick = now + (records.deployment ? ROLLOUT_TICK : CALM_TICK);
    return Math.min(tick, plan.wakeAt ?? tick, rested ?? tick);
  };
}

/** Plans without knowing any node; and once more, knowing them, if that mattered. */
async function planWithPlaces(
  view: Omit<ServiceView, 'place'>,
  read: () => Promise<Place>,
  now: number,
): Promise<Plan> {
  let isAsked = false;
  const unread: Place = () => {
    isAsked = true;
    return { why: 'the nodes are not read yet', refused: [] };
  };
  const plan = planService({ ...view, place: unread }, now);
  return isAsked ? planService({ ...view, place: await read() }, now) : plan;
}

const isCalm = ({ deployment }: ServiceRecords, { steps, waiting }: Plan): boolean =>
  deployment === undefined && steps.length === 0 && waiting.length === 0;
