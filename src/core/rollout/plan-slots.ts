import { isOver } from '../elapsed.ts';
import { fill, isDone } from './fill-slot.ts';
import {
  freshHealth,
  hasServed,
  isCurrent,
  isFailing,
  isJudged,
  isReady,
  isRouted,
  isSettled,
  isSwitchedIn,
  lifeOf,
  nameOf,
  runningContainer,
  settlesAt,
  whyNotReady,
} from './judge.ts';
import type { ServiceView, TaskView } from './observed.ts';
import { retire } from './retire.ts';
import type { Slot } from './slots.ts';
import { isBlocked, isInTheWay, leavingFrom } from './stop-first.ts';
import { all, nothing, take, type Verdict, wait } from './verdict.ts';

/** The target's task has taken the slot over: settled, and in every table in use. */
export const isSwitched = (view: ServiceView, slot: Slot, now: number): boolean =>
  slot.current !== undefined && isSwitchedIn(view, slot.current) && isSettled(view, slot.current, now);

/** Brings every wanted slot closer to the target: as many at a time as `parallelism` allows. */
export function planSlots(view: ServiceView, slots: readonly Slot[], now: number): Verdict {
  const allSwitched = slots.every((slot) => isSwitched(view, slot, now) || isDone(view, slot));
  let budget = view.target.spec.deploy.parallelism - slots.filter((slot) => isUnsettled(view, slot, now)).length;
  const verdicts = slots.map((slot) => {
    if (!isOutdated(view, slot)) return tend(view, slot, allSwitched, now);
    budget -= 1;
    return budget >= 0 ? replace(view, slot, now) : wait(`${view.service.name}.${slot.number} waits for its turn`);
  });
  return all(verdicts);
}

/** Its replacing has begun and is not done: counted against `parallelism`. */
export function isUnsettled(view: ServiceView, slot: Slot, now: number): boolean {
  if (isSwitched(view, slot, now)) return false;
  if (isBlocked(view, slot)) return !isOutdated(view, slot) && !isDone(view, slot);
  return slot.current !== undefined && slot.old.some(hasServed);
}

/** Only old tasks are in it, and nothing was done to them yet: its replacing may begin. How a new one ended is heard first. */
function isOutdated(view: ServiceView, slot: Slot): boolean {
  if (slot.current || slot.dead.some((seen) => isCurrent(view, seen)) || isDone(view, slot)) return false;
  if (isBlocked(view, slot)) return isUntouched(slot);
  return slot.old.some(hasServed);
}

/** Of a slot that cannot run twice: its old task is there, and nothing of it has begun to go. */
const isUntouched = (slot: Slot): boolean =>
  slot.stopping.length + slot.dead.length === 0 &&
  slot.old.length > 0 &&
  slot.old.every((seen) => seen.task.routed || !hasServed(seen));

function replace(view: ServiceView, slot: Slot, now: number): Verdict {
  const reason = `revision ${view.target.number} replaces revision ${slot.old[0]?.task.revision}`;
  if (!isBlocked(view, slot))
    return all([fill(view, slot, reason, now), ...slot.old.map((seen) => dropUseless(view, seen, now))]);
  if (view.image !== 'present') return fill(view, slot, reason, now);
  const inTheWay = slot.old.filter((seen) => isInTheWay(view, seen));
  return all(inTheWay.map((seen) => retire(view, seen, `${reason}, and its host port cannot be had twice`, now)));
}

/** A slot whose replacing has begun, or that needs none. */
function tend(view: ServiceView, slot: Slot, allSwitched: boolean, now: number): Verdict {
  return all([
    slot.current ? bringIn(view, slot.current, now) : fillEmpty(view, slot, now),
    ...slot.old.map((seen) => takeOut(view, slot, seen, allSwitched, now)),
    ...slot.doubles.map((seen) => retire(view, seen, 'its slot has another task already', now)),
  ]);
}

/** The target's task, one observed stage further: container, readiness, table. */
function bringIn(view: ServiceView, seen: TaskView, now: number): Verdict {
  const { task } = seen;
  const life = lifeOf(seen, view, now);
  if (life === 'assigned') return take({ kind: 'start', task: task.id, slot: task.slot, reason: task.reason });
  if (life !== 'alive') return wait(`${nameOf(seen)} is not ready: ${whyNotReady(view, seen, now)}`);
  if (isUseless(view, seen, now)) return giveUp(view, seen, now);
  if (task.routed && isReady(view, seen, now)) return awaitTable(view, seen);
  if (task.routed) return wait(`${nameOf(seen)} is not ready: ${whyNotReady(view, seen, now)}`);
  if (isSettled(view, seen, now)) {
    const start = runningContainer(seen)?.startedAt;
    return take({ kind: 'route', task: task.id, slot: task.slot, start, reason: 'it is ready' });
  }
  if (!isReady(view, seen, now))
    return wait(`${nameOf(seen)} is not ready: ${whyNotReady(view, seen, now)}`, settlesAt(view, seen));
  return wait(`${nameOf(seen)} is ready, and must stay so for min_ready`, settlesAt(view, seen));
}

function giveUp(view: ServiceView, seen: TaskView, now: number): Verdict {
  const verdict = retire(view, seen, `it has not been ready for too long: ${whyNotReady(view, seen, now)}`, now);
  return { ...verdict, steps: verdict.steps.map((step) => (step.kind === 'stop' ? { ...step, wanted: false } : step)) };
}

const awaitTable = (view: ServiceView, seen: TaskView): Verdict =>
  isRouted(view) && !seen.routing.everywhere
    ? wait(`the data plane has not acknowledged yet that ${nameOf(seen)} is routed`)
    : nothing;

/**
 * Has served, and has missed twice as many probes as take it out of routing: it is replaced. Decision 1. Since a restart by
 * Docker all of them are to be missed, and none counts before `start_period`. A rollout judges its own tasks itself.
 */
function isUseless(view: ServiceView, seen: TaskView, now: number): boolean {
  const health = freshHealth(seen);
  if (!health || health.ready || !hasServed(seen) || isJudged(view, seen)) return false;
  const { failures = 3, interval = 10_000, startPeriod = 30_000 } = view.target.spec.health ?? {};
  return isOver(health.heldSince, health.wasReady ? failures * interval : startPeriod + 2 * failures * interval, now);
}

function fillEmpty(view: ServiceView, slot: Slot, now: number): Verdict {
  const name = `${view.service.name}.${slot.number}`;
  if (leavingFrom(slot).some((seen) => isInTheWay(view, seen))) return wait(`${name} waits for its old task to stop`);
  if (slot.dead.length > 0) return nothing;
  const last = slot.ended[0]?.task.end;
  return fill(
    view,
    slot,
    last && !last.wanted ? `the last task of ${name} ended: ${last.reason}` : `${name} is wanted`,
    now,
  );
}

/** An old task goes once its successor serves; the last of them wait, drained, for the end of `monitor`. */
function takeOut(view: ServiceView, slot: Slot, seen: TaskView, allSwitched: boolean, now: number): Verdict {
  const reason = `revision ${view.target.number} has taken over`;
  if (isSwitched(view, slot, now) || isDone(view, slot))
    return retire(view, seen, reason, now, isHeld(view, seen, allSwitched));
  return isInTheWay(view, seen) ? retire(view, seen, reason, now) : dropUseless(view, seen, now);
}

/** What never served, and what served badly in a rollout that goes back, need not wait for a successor. */
function dropUseless(view: ServiceView, seen: TaskView, now: number): Verdict {
  const failed = view.deployment?.failure !== undefined && isFailing(view, seen, now);
  return failed || !hasServed(seen)
    ? retire(view, seen, `revision ${seen.task.revision} is not wanted any more`, now)
    : nothing;
}

/** Once all has switched they are kept whatever happens: a new task that falters then is what they are kept for. */
const isHeld = (view: ServiceView, seen: TaskView, allSwitched: boolean): boolean =>
  view.deployment !== undefined &&
  (allSwitched || view.deployment.switchedAt !== undefined) &&
  seen.task.hash === view.from?.hash;
