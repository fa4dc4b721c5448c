import { isOver } from '../elapsed.ts';
import { canaryOf, type Deployment } from '../model/deployment.ts';
import { howEnded, lastRestart } from './endings.ts';
import { hasImage, imageFailure } from './fill-slot.ts';
import { freshHealth, runningContainer } from './health.ts';
import { movesSince } from './held.ts';
import {
  hasServed,
  isCurrent,
  isJudged,
  isListed,
  isReady,
  lifeOf,
  nameOf,
  whyNotReady,
  whyWithheld,
} from './judge.ts';
import { hasEndedIn, isMadeBy } from './made-by.ts';
import type { ServiceView, TaskView } from './observed.ts';
import { tasksSince } from './release.ts';
import { INGRESS_GRACE } from './retire.ts';
import type { Slot } from './slot.ts';
import { stageOf } from './stage.ts';
import type { FailureCause } from './step.ts';
import type { Wait } from './verdict.ts';

/** A new task that Docker restarted this often before it was ever ready is not going to be. */
const RESTARTS_BEFORE_READY = 3;
/** A routed task may be out for this long before the rollout is called failed: less is a hiccup. */
const MAY_FALTER = 1_000;
/** A pull may take this long, and is given up by itself then. */
const PULL_TAKES = 20 * 60_000;

/** How its slots stand, and what they wait for. */
export interface Standing {
  readonly slots: readonly Slot[];
  readonly waits: readonly Wait[];
}

/** Why the rollout has failed, or undefined. Rules in order; the first that holds speaks. */
export function findFailure(
  view: ServiceView,
  deployment: Deployment,
  standing: Standing,
  now: number,
): FailureCause | undefined {
  const failed = imageFailure(view);
  if (failed !== undefined) return cause(view, failed);
  for (const seen of view.tasks.filter((one) => isCurrent(view, one))) {
    const reason = failureOf(view, deployment, seen, now);
    if (reason) return cause(view, `${nameOf(seen)} ${reason}`, seen);
  }
  // A canary waits for a user for as long as that takes: only what its tasks do is judged.
  if (canaryOf(deployment)?.reachedAt !== undefined) return undefined;
  return (
    withoutNode(view, deployment, standing, now) ??
    stuck(view, deployment, now) ??
    stalled(view, deployment, standing, now)
  );
}

function failureOf(view: ServiceView, deployment: Deployment, seen: TaskView, now: number): string | undefined {
  const { task } = seen;
  if (task.kept || task.phase === 'stop' || stageOf(view, seen, now) === 'completed') return undefined;
  if (task.end) return hasEndedBadly(view, deployment, seen) ? whyEnded(seen) : undefined;
  if (!hasServed(seen)) return neverReady(view, deployment, seen, now);
  return isJudged(view, seen) ? faltered(view, deployment, seen, now) : undefined;
}

/** In this rollout. One that never was to be restarted has failed all the same. */
function hasEndedBadly(view: ServiceView, deployment: Deployment, seen: TaskView): boolean {
  const { end } = seen.task;
  if (end === undefined || end.wanted) return false;
  return isJudged(view, seen) && (isMadeBy(deployment, seen.task) || hasEndedIn(deployment, end));
}

const whyEnded = (seen: TaskView): string =>
  `${hasServed(seen) ? 'was ready, then ended' : 'ended before it was ready'}: ${seen.task.end?.reason}`;

/** Ready once, then not: crashed, or failing its probe. Decision 11. */
function faltered(view: ServiceView, deployment: Deployment, seen: TaskView, now: number): string | undefined {
  const life = lifeOf(seen, now);
  if (life === 'unknown' || isReady(view, seen, now)) return unacknowledged(view, seen, now);
  if (life === 'dead') return `was ready, then stopped: ${exitOf(view, seen)}`;
  if (hasCrashed(seen, deployment))
    return `was ready, then ${lastWords(view, seen) ?? 'crashed'}, and was restarted by Docker`;
  const health = freshHealth(view, seen);
  // A data plane that has just started knows of no time at which it was ready: then it has as long as a new task.
  const patience = health?.wasReady === false ? view.target.spec.deploy.deadline : MAY_FALTER;
  if (health && !health.ready && isOver(health.heldSince, patience, now))
    return `was ready, then failed its probe: ${whyNotReady(view, seen, now)}`;
  return undefined;
}

/** Since it was routed, and in this rollout; crashes before that were a bad start. */
function hasCrashed({ task, container }: TaskView, { startedAt }: Deployment): boolean {
  if (!container || container === 'unknown') return false;
  if (container.state === 'restarting') return true;
  const noted = task.restarted?.finishedAt === container.finishedAt ? task.restarted : undefined;
  const isRestarted = task.routedStart !== undefined && task.routedStart !== container.startedAt;
  return isRestarted && Math.min(container.startSeenAt ?? 0, noted?.seenAt ?? Number.POSITIVE_INFINITY) >= startedAt;
}

function unacknowledged(view: ServiceView, seen: TaskView, now: number): string | undefined {
  const { task, routing } = seen;
  if (!task.routed || routing.everywhere || !isListed(view, seen)) return undefined;
  // One that missed its command for a moment comes into the table anew.
  const asked = Math.max(task.routedAt ?? now, freshHealth(view, seen)?.heldSince ?? 0);
  return isOver(sinceAsked(view, asked), INGRESS_GRACE, now)
    ? `is ready, but the data plane has not acknowledged its route for ${INGRESS_GRACE / 1000} s${whyWithheld(view)}`
    : undefined;
}

function neverReady(view: ServiceView, deployment: Deployment, seen: TaskView, now: number): string | undefined {
  if (isReady(view, seen, now)) return undefined;
  const { assignedAt } = seen.task;
  if (restartsOf(seen) >= RESTARTS_BEFORE_READY && isMadeBy(deployment, seen.task))
    return `${lastWords(view, seen) ?? 'exited'}, and was restarted ${restartsOf(seen)} times before it was ready`;
  if (lifeOf(seen, now) === 'dead') return isJudged(view, seen) ? `did not start: ${exitOf(view, seen)}` : undefined;
  const { deadline } = view.target.spec.deploy;
  const since = sinceAsked(view, Math.max(assignedAt, movesSince(deployment), view.engineSince ?? now));
  return isOver(since, deadline, now)
    ? `was not ready within ${deadline / 1000} s: ${whyNotReady(view, seen, now)}${whyWithheld(view)}`
    : undefined;
}

/** Nobody can acknowledge or probe before the data plane is there, with its workers; while it is away, time counts from its loss. */
const sinceAsked = ({ ingressSince, ingressLostSince }: ServiceView, since: number): number =>
  Math.max(since, ingressSince ?? ingressLostSince ?? since);

function withoutNode(
  view: ServiceView,
  deployment: Deployment,
  { slots }: Standing,
  now: number,
): FailureCause | undefined {
  const empty = slots.find((slot) => !slot.current && slot.old.length + slot.stopping.length === 0);
  if (!empty || view.engineSince === undefined) return undefined;
  const { node, why } = view.place(view.target.spec, empty.number);
  if (node) return undefined;
  const since = Math.max(tasksSince(view, deployment), view.engineSince);
  const late = isOver(since, view.target.spec.deploy.deadline, now);
  return late ? cause(view, `no node takes ${view.service.name}.${empty.number}: ${why}`) : undefined;
}

/** An old task's going is not acknowledged. Of a node that is away nobody can: time counts from when it is back. */
function stuck(view: ServiceView, deployment: Deployment, now: number): FailureCause | undefined {
  const waiting = view.tasks.find(
    ({ task, routing, engineSince, isAway }) =>
      task.phase === 'run' &&
      !task.routed &&
      routing.somewhere &&
      !isAway &&
      isOver(
        sinceAsked(view, Math.max(task.unroutedAt ?? now, movesSince(deployment), engineSince ?? now)),
        INGRESS_GRACE,
        now,
      ),
  );
  return (
    waiting &&
    cause(
      view,
      `the data plane has not acknowledged for ${INGRESS_GRACE / 1000} s that ${nameOf(waiting)} is out of routing${whyWithheld(view)}`,
      waiting,
    )
  );
}

/** Whatever it waits for: a rollout in which nothing has moved for longer than all that may take together ends. */
function stalled(
  view: ServiceView,
  deployment: Deployment,
  { slots, waits }: Standing,
  now: number,
): FailureCause | undefined {
  if (view.engineSince === undefined) return undefined;
  const { deploy, drainTimeout, stopGrace } = view.target.spec;
  const unfilled = slots.filter((slot) => slot.current === undefined && slot.stage !== 'completed');
  const pulling = unfilled.length === 0 || isPulled(view, unfilled) ? 0 : PULL_TAKES;
  const patience =
    deploy.deadline + deploy.minReady + deploy.monitor + drainTimeout + stopGrace + INGRESS_GRACE + pulling;
  if (now - lastMove(view, deployment, view.engineSince) < patience) return undefined;
  const waited = waits[0]?.reason ?? deployment.reason;
  return cause(view, `nothing has moved for ${Math.round(patience / 1000)} s: ${waited}`);
}

/** Wherever it is needed. */
const isPulled = (view: ServiceView, slots: readonly Slot[]): boolean =>
  [...view.images.values()].includes('present') &&
  slots.every(({ number }) => {
    const { node } = view.place(view.target.spec, number);
    return node === undefined || hasImage(view, node);
  });

const lastMove = (view: ServiceView, deployment: Deployment, engineSince: number): number =>
  Math.max(
    tasksSince(view, deployment),
    deployment.switchedAt ?? 0,
    deployment.canary?.at ?? 0,
    engineSince,
    ...view.tasks.flatMap(({ task }) => [task.assignedAt, task.routedAt ?? 0, task.unroutedAt ?? 0, task.end?.at ?? 0]),
  );

const restartsOf = ({ container }: TaskView): number => (container && container !== 'unknown' ? container.restarts : 0);

function lastWords(view: ServiceView, seen: TaskView): string | undefined {
  const ending = lastRestart(seen);
  return ending && howEnded(view, seen, ending);
}

function exitOf(view: ServiceView, seen: TaskView): string {
  const { container } = seen;
  if (!container || container === 'unknown') return 'its container is gone';
  return container.error ?? `it ${howEnded(view, seen, container)}`;
}

function cause(view: ServiceView, reason: string, seen?: TaskView): FailureCause {
  const failedRequests = view.tasks
    .filter(({ task }) => task.hash === view.target.hash)
    .reduce((sum, { failedRequests }) => sum + failedRequests, 0);
  const container = seen && (runningContainer(seen) ?? seen.container);
  return {
    reason,
    task: seen?.task.id,
    slot: seen?.task.slot,
    node: seen?.task.node,
    exitCode:
      seen?.task.end?.exitCode ??
      (container && container !== 'unknown' ? (container.exitCode ?? container.lastEnd?.exitCode) : undefined),
    failedRequests,
  };
}
