import { heldBetween } from '../claims/claim.ts';
import { isOver } from '../elapsed.ts';
import { goesBackSince } from '../model/deployment.ts';
import type { Demand } from '../strategy/demand.ts';
import { keepOrder } from './after-start.ts';
import { fill, hasImage } from './fill-slot.ts';
import { freshHealth, runningContainer } from './health.ts';
import { hasServed, isFailing, isJudged, isListed, isOfTarget, nameOf, settlesAt, whyNotReady } from './judge.ts';
import { isMakingRoom, tendKept } from './kept.ts';
import type { ServiceView, TaskView } from './observed.ts';
import { retire } from './retire.ts';
import type { Slot } from './slot.ts';
import { hasReached, stageOf } from './stage.ts';
import { isBlocked, isInTheWay, leavingFrom } from './stop-first.ts';
import { all, nothing, take, type Verdict, wait } from './verdict.ts';

/** Brings every slot closer to what is demanded of it. */
export function planSlots(view: ServiceView, slots: readonly Slot[], demand: Demand, now: number): Verdict {
  const isWanted = ({ number }: Slot) => number <= demand.newWanted;
  const keeps = demand.oldStays !== 'no' || slots.filter(isWanted).every(({ stage }) => hasReached(stage, 'switched'));
  let budget = demand.atOnce - slots.filter((slot) => isUnderWay(view, slot)).length;
  const verdicts = slots.map((slot) => {
    if (!isWanted(slot)) return leave(view, slot, now);
    if (slot.stage !== 'outdated') return tend(view, slot, { demand, keeps }, now);
    budget -= 1;
    return budget >= 0 ? replace(view, slot, now) : wait(`${view.service.name}.${slot.number} waits for its turn`);
  });
  const kept = slots.flatMap((slot) => slot.kept).map((seen) => tendKept(view, seen, now));
  return all([...verdicts, ...kept]);
}

/** Its replacing has begun and is not done: counted against `atOnce`. */
export function isUnderWay(view: ServiceView, slot: Slot): boolean {
  if (slot.stage === 'outdated' || hasReached(slot.stage, 'switched')) return false;
  return isBlocked(view, slot) || (slot.current !== undefined && slot.old.some(hasServed));
}

function replace(view: ServiceView, slot: Slot, now: number): Verdict {
  const reason = whyReplaced(view, slot);
  if (!isBlocked(view, slot))
    return all([fillOrWait(view, slot, reason, now), ...slot.old.map((seen) => dropUseless(view, seen, now))]);
  if (!isReadyToFill(view, slot)) return fill(view, slot, reason, now);
  const inTheWay = slot.old.filter((seen) => isInTheWay(view, seen));
  const held = heldBetween(view.target.spec, view.from?.spec);
  return all(inTheWay.map((seen) => retire(view, seen, `${reason}, and two tasks cannot have ${held} at once`, now)));
}

function whyReplaced({ target }: ServiceView, { old }: Slot): string {
  const moved = old.find(({ task, leaves }) => leaves !== undefined && task.hash === target.hash);
  return moved?.leaves ?? `revision ${target.number} replaces revision ${old[0]?.task.revision}`;
}

/** What makes room for its successor is not stopped before that can start at once. */
function isReadyToFill(view: ServiceView, { number }: Slot): boolean {
  const { node } = view.place(view.target.spec, number);
  return node !== undefined && hasImage(view, node);
}

interface Pace {
  readonly demand: Demand;
  /** Old tasks of the revision gone back to are not stopped. */
  readonly keeps: boolean;
}

/** A slot that is not to have a task of the target: what is old in it stays. */
function leave(view: ServiceView, slot: Slot, now: number): Verdict {
  const surplus = [slot.current ?? [], slot.doubles].flat();
  return all(surplus.map((seen) => retire(view, seen, `${nameOf(seen)} is not to run the new revision`, now)));
}

/** A slot whose replacing has begun, or that needs none. */
function tend(view: ServiceView, slot: Slot, pace: Pace, now: number): Verdict {
  return all([
    slot.current ? bringIn(view, slot.current, pace.demand, now) : fillEmpty(view, slot, now),
    ...slot.old.map((seen) => takeOut(view, slot, seen, pace, now)),
    ...slot.doubles.map((seen) => leaveToOther(view, slot, seen, now)),
  ]);
}

/** The target's task, one stage further. */
function bringIn(view: ServiceView, seen: TaskView, demand: Demand, now: number): Verdict {
  const order = keepOrder(view, seen, now);
  return order.steps.length > 0 ? order : all([order, further(view, seen, demand, now)]);
}

function further(view: ServiceView, seen: TaskView, { share }: Demand, now: number): Verdict {
  const { task } = seen;
  switch (stageOf(view, seen, now)) {
    case 'assigned':
      return take({ kind: 'start', task: task.id, slot: task.slot, node: task.node, reason: task.reason });
    case 'running':
      if (task.kept && isFailing(view, seen, now))
        return retire(view, seen, `it was kept, and is not ready any more: ${whyNotReady(view, seen, now)}`, now);
      return isUseless(view, seen, now) ? giveUp(view, seen, now) : awaitReady(view, seen, now);
    case 'ready':
      return task.routed ? awaitTable(view, seen) : awaitMinReady(view, seen);
    case 'settled':
      return share === 0 ? wait(`${nameOf(seen)} is ready, and waits to be switched to`) : route(seen);
    case 'routed':
      return awaitTable(view, seen);
    case 'switched':
      return nothing;
    default:
      return wait(`${nameOf(seen)} is not ready: ${whyNotReady(view, seen, now)}`);
  }
}

const route = (seen: TaskView): Verdict => {
  const { task } = seen;
  const start = runningContainer(seen)?.startedAt;
  return take({ kind: 'route', task: task.id, slot: task.slot, start, reason: 'it is ready' });
};

const awaitReady = (view: ServiceView, seen: TaskView, now: number): Verdict =>
  wait(
    `${nameOf(seen)} is not ready: ${whyNotReady(view, seen, now)}`,
    seen.task.routed ? undefined : settlesAt(view, seen),
  );

const awaitMinReady = (view: ServiceView, seen: TaskView): Verdict =>
  wait(`${nameOf(seen)} is ready, and must stay so for min_ready`, settlesAt(view, seen));

function giveUp(view: ServiceView, seen: TaskView, now: number): Verdict {
  const verdict = retire(view, seen, `it has not been ready for too long: ${whyNotReady(view, seen, now)}`, now);
  return { ...verdict, steps: verdict.steps.map((step) => (step.kind === 'stop' ? { ...step, wanted: false } : step)) };
}

const awaitTable = (view: ServiceView, seen: TaskView): Verdict =>
  isListed(view, seen) && !seen.routing.everywhere
    ? wait(`the data plane has not acknowledged yet that ${nameOf(seen)} is routed`)
    : nothing;

/**
 * Has served, and has missed twice as many probes as take it out of routing: it is replaced. Decision 1. Since a restart by
 * Docker all of them are to be missed, and none counts before `start_period`. A rollout judges its own tasks itself.
 */
function isUseless(view: ServiceView, seen: TaskView, now: number): boolean {
  const health = freshHealth(view, seen);
  if (!health || health.ready || !hasServed(seen) || isJudged(view, seen)) return false;
  const { failures = 3, interval = 10_000, startPeriod = 30_000 } = view.target.spec.health ?? {};
  return isOver(health.heldSince, health.wasReady ? failures * interval : startPeriod + 2 * failures * interval, now);
}

function fillEmpty(view: ServiceView, slot: Slot, now: number): Verdict {
  const name = `${view.service.name}.${slot.number}`;
  if (leavingFrom(slot).some((seen) => isInTheWay(view, seen))) return wait(`${name} waits for its old task to stop`);
  if (slot.dead.length > 0) return nothing;
  return fillOrWait(view, slot, whyWanted(name, slot), now);
}

function whyWanted(name: string, { ended, stopping }: Slot): string {
  const lost = stopping.find(({ task }) => task.lost);
  if (lost) return lost.task.reason;
  const last = ended[0]?.task.end;
  return last && !last.wanted ? `the last task of ${name} ended: ${last.reason}` : `${name} is wanted`;
}

/** What was kept of an older revision goes first. */
const fillOrWait: typeof fill = (view, slot, reason, now) =>
  isMakingRoom(view, slot)
    ? wait(`${view.service.name}.${slot.number} waits until the task that was kept has stopped`)
    : fill(view, slot, reason, now);

/** Of two that could stay one goes, once the other serves: nodes that are drained and undrained leave such pairs. */
const leaveToOther = (view: ServiceView, { stage }: Slot, seen: TaskView, now: number): Verdict =>
  hasReached(stage, 'switched') || !hasServed(seen)
    ? retire(view, seen, 'its slot has another task already', now)
    : nothing;

/** An old task goes as far as is demanded, once its successor serves. */
function takeOut(view: ServiceView, slot: Slot, seen: TaskView, { demand, keeps }: Pace, now: number): Verdict {
  const reason = `revision ${view.target.number} has taken over`;
  if (seen.leaves !== undefined && isOfTarget(view, seen))
    return hasReached(slot.stage, demand.share === 0 ? 'settled' : 'switched')
      ? retire(view, seen, `${seen.leaves}, and its successor is there`, now)
      : dropUseless(view, seen, now);
  if (hasReached(slot.stage, 'switched') && demand.oldStays !== 'routed')
    return retire(view, seen, reason, now, keeps && isKept(view, seen));
  if (isInTheWay(view, seen)) return retire(view, seen, reason, now);
  return demand.then === 'cut-over' && seen.task.routed ? nothing : dropUseless(view, seen, now);
}

/** What never served, and what served badly in a rollout that goes back, need not wait for a successor. */
function dropUseless(view: ServiceView, seen: TaskView, now: number): Verdict {
  const goesBack = view.deployment !== undefined && goesBackSince(view.deployment) !== undefined;
  const failed = goesBack && isFailing(view, seen, now);
  const reason = seen.leaves ?? `revision ${seen.task.revision} is not wanted any more`;
  return failed || !hasServed(seen) ? retire(view, seen, reason, now) : nothing;
}

/** Once all has switched they are kept whatever happens: a new task that falters then is what they are kept for. */
const isKept = ({ deployment, from }: ServiceView, { task }: TaskView): boolean =>
  deployment !== undefined && task.hash === from?.hash;
