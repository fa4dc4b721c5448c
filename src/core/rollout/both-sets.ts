import { canaryOf } from '../model/deployment.ts';
import type { Demand } from '../strategy/demand.ts';
import { isOfTarget, lifeOf } from './judge.ts';
import { areKept } from './kept.ts';
import { isMadeBy } from './made-by.ts';
import type { ServiceView, Sight, TaskView } from './observed.ts';
import { planSlots } from './plan-slots.ts';
import type { Slot } from './slot.ts';
import { slotsOf } from './slots.ts';
import { all, type Verdict } from './verdict.ts';

/** How many tasks each of two sets that serve side by side is to have. */
export interface Counts {
  /** Of the wanted revision, once it has taken over. */
  readonly replicas: number;
  /** Of the old one, until then. */
  readonly old: number;
}

/** The demand is a part of the requests: the old set gets the rest. */
export const isShared = ({ share }: Demand): boolean => share > 0 && share < 1;

/**
 * The old set keeps its count whatever the new file says, until the new revision has taken over; a scale by hand is of both.
 *
 * @param replicas that are wanted
 */
export function oldReplicas({ service, deployment }: Pick<Sight, 'service' | 'deployment'>, replicas: number): number {
  if (replicas === 0 || !canaryOf(deployment) || service.scaledFrom !== undefined) return replicas;
  return deployment?.before?.replicas ?? replicas;
}

/**
 * Each set is looked after by itself: the new one up to the demanded count, the old one whole, as if nothing else were there. What
 * dies of it is filled again from its own revision.
 */
export function planBothSets(view: ServiceView, { replicas, old }: Counts, demand: Demand, now: number): Verdict {
  const fresh = { ...view, tasks: view.tasks.filter((seen) => isOfNewSet(view, seen)) };
  const ofNew = planSlots(fresh, slotsOf(fresh, Math.max(replicas, old), now), demand, now);
  return all([ofNew, planOldSet(view, old, now)]);
}

/** What is kept of a revision before both makes room for the new set. */
const isOfNewSet = (view: ServiceView, seen: TaskView): boolean =>
  isOfTarget(view, seen) || (seen.task.kept !== undefined && seen.task.hash !== view.from?.hash);

/** Its revision is the wanted one here, and no deployment of it runs: what belongs to neither revision gives way to it. */
function planOldSet(view: ServiceView, count: number, now: number): Verdict {
  const { from, target, deployment, fromImages: images = new Map() } = view;
  if (!from || !deployment) return all([]);
  const tasks = view.tasks.filter((seen) => !isOfNewSet(view, seen));
  const old: ServiceView = { ...view, target: from, from: target, deployment: undefined, images, tasks };
  const whole: Demand = { newWanted: count, atOnce: count, share: 1, oldStays: 'no', then: 'succeed' };
  const { steps, waits } = planSlots(old, slotsOf(old, count, now), whole, now);
  return {
    steps: steps.map((step) => (step.kind === 'assign' ? { ...step, deployment: deployment.id } : step)),
    waits,
  };
}

/**
 * Why a canary that has not begun goes straight through; undefined if it does not. What cannot be read is taken to serve.
 */
export function whyThrough(view: ServiceView, slots: readonly Slot[], now: number): string | undefined {
  const { deployment, from, target } = view;
  const running = canaryOf(deployment);
  if (!deployment || !running || running.step > 1 || running.reachedAt !== undefined) return undefined;
  if (target.hash === undefined || view.tasks.some((seen) => isOfTarget(view, seen) && isMadeBy(deployment, seen.task)))
    return undefined;
  if (target.hash === from?.hash) return 'it touches no container';
  if (areKept(slots)) return 'its tasks were kept, and are switched to as one';
  const serves = view.tasks.some((seen) => ['alive', 'unknown'].includes(lifeOf(seen, now)));
  return serves ? undefined : 'nothing serves that it could be tried beside';
}
