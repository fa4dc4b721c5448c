import type { Deployment } from '../model/deployment.ts';
import { isReady, lifeOf, nameOf, runningContainer, whyNotReady } from './judge.ts';
import type { ServiceView, TaskView } from './observed.ts';
import { INGRESS_GRACE } from './retire.ts';
import type { Slot } from './slots.ts';
import type { FailureCause } from './step.ts';

/** A new task that Docker restarted this often before it was ever ready is not going to be. */
const RESTARTS_BEFORE_READY = 3;
/** A routed task may be out for this long before the rollout is called failed: less is a hiccup. */
const MAY_FALTER = 1_000;

/** Why the rollout has failed, or undefined. Rules in order; the first that holds speaks. */
export function findFailure(
  view: ServiceView,
  deployment: Deployment,
  slots: readonly Slot[],
  now: number,
): FailureCause | undefined {
  if (typeof view.image === 'object')
    return cause(view, `image ${view.target.spec.image} cannot be had: ${view.image.failed}`);
  for (const seen of newTasks(view, deployment)) {
    const reason = failureOf(view, seen, now);
    if (reason) return cause(view, `${nameOf(seen)} ${reason}`, seen);
  }
  return stuck(view, deployment, slots, now);
}

const newTasks = (view: ServiceView, deployment: Deployment): readonly TaskView[] =>
  view.tasks.filter((seen) => seen.task.hash === view.target.hash && seen.task.assignedAt >= deployment.startedAt);

function failureOf(view: ServiceView, seen: TaskView, now: number): string | undefined {
  const { task } = seen;
  if (task.end) return task.end.wanted || hasServed(seen) ? undefined : `ended before it was ready: ${task.end.reason}`;
  if (task.phase !== 'run') return undefined;
  return hasServed(seen) ? faltered(view, seen, now) : neverReady(view, seen, now);
}

const hasServed = (seen: TaskView): boolean => seen.task.routedAt !== undefined;

/** Ready once, then not: crashed, or failing its probe. Decision 11. */
function faltered(view: ServiceView, seen: TaskView, now: number): string | undefined {
  if (lifeOf(seen, view, now) === 'unknown' || isReady(view, seen, now)) return unacknowledged(view, seen, now);
  if (restartsOf(seen) > 0 || lifeOf(seen, view, now) === 'dead') return `was ready, then stopped: ${exitOf(seen)}`;
  if (seen.health && !seen.health.ready && now - seen.health.since >= MAY_FALTER)
    return `was ready, then failed its probe: ${whyNotReady(seen)}`;
  return undefined;
}

function unacknowledged(view: ServiceView, { task, routing }: TaskView, now: number): string | undefined {
  const since = task.routedAt ?? now;
  if (!task.routed || routing.everywhere || now - since < INGRESS_GRACE || view.target.spec.domains.length === 0)
    return undefined;
  return `is ready, but the data plane has not acknowledged its route for ${INGRESS_GRACE / 1000} s`;
}

function neverReady(view: ServiceView, seen: TaskView, now: number): string | undefined {
  if (isReady(view, seen, now)) return undefined;
  if (restartsOf(seen) >= RESTARTS_BEFORE_READY)
    return `exited ${restartsOf(seen)} times before it was ready: ${exitOf(seen)}`;
  if (lifeOf(seen, view, now) === 'dead') return `did not start: ${exitOf(seen)}`;
  const { deadline } = view.target.spec.deploy;
  return now - seen.task.assignedAt >= deadline
    ? `was not ready within ${deadline / 1000} s: ${whyNotReady(seen)}`
    : undefined;
}

/** Nothing of the new revision could even be begun in time: no node, no acknowledgement of an old task's going. */
function stuck(
  view: ServiceView,
  deployment: Deployment,
  slots: readonly Slot[],
  now: number,
): FailureCause | undefined {
  const empty = slots.find((slot) => !slot.current && slot.old.length + slot.stopping.length === 0);
  const late = now - deployment.startedAt >= view.target.spec.deploy.deadline;
  if (late && empty && view.nodes.length === 0)
    return cause(view, `no node takes ${view.service.name}.${empty.number}`);
  const waiting = view.tasks.find(
    ({ task, routing }) =>
      task.phase === 'run' && !task.routed && routing.somewhere && now - (task.unroutedAt ?? now) >= INGRESS_GRACE,
  );
  return (
    waiting &&
    cause(
      view,
      `the data plane has not acknowledged for ${INGRESS_GRACE / 1000} s that ${nameOf(waiting)} is out of routing`,
      waiting,
    )
  );
}

const restartsOf = ({ container }: TaskView): number => (container && container !== 'unknown' ? container.restarts : 0);

function exitOf({ container }: TaskView): string {
  if (!container || container === 'unknown') return 'its container is gone';
  if (container.error) return container.error;
  return container.oomKilled ? 'it ran out of memory' : `exit code ${container.exitCode}`;
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
    exitCode: seen?.task.end?.exitCode ?? (container && container !== 'unknown' ? container.exitCode : undefined),
    failedRequests,
  };
}
