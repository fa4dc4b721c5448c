import { isOver } from '../elapsed.ts';
import type { ObservedContainer } from '../model/container.ts';
import { goesBackSince } from '../model/deployment.ts';
import { READY_WITHOUT_PORT } from '../model/ready.ts';
import type { Task } from '../model/task.ts';
import { howEnded, lastRestart } from './endings.ts';
import { freshHealth, isProbed, isProbedByPlane, isRoutedStart, runningContainer } from './health.ts';
import { isMadeBy } from './made-by.ts';
import type { Means, Sight, TaskView } from './observed.ts';

/** After Docker comes back it still restarts containers: what is dead then is believed only after this. */
const ENGINE_SETTLES = 3_000;
/** A container takes moments to be removed; one that is still at it after this is stuck, and is not waited for. */
const REMOVAL_TAKES = 10_000;

/**
 * - `unknown`: its node, or its container, cannot be read
 * - `assigned`: no container yet, or one that was never started
 * - `alive`: runs, or Docker is about to restart it
 * - `dead`: Docker leaves it dead, or it is gone
 * - `stopping`, `ended`: by its phase
 */
export type Life = 'unknown' | 'assigned' | 'alive' | 'dead' | 'stopping' | 'ended';

export function lifeOf({ task, container, engineSince }: TaskView, now: number): Life {
  if (task.phase === 'ended') return 'ended';
  if (task.phase === 'stop') return 'stopping';
  if (container === 'unknown' || engineSince === undefined) return 'unknown';
  if (!container) return task.container === undefined ? 'assigned' : believed(engineSince, now, 'dead');
  if (container.state === 'created') return container.error === undefined ? 'assigned' : 'dead';
  if (container.state === 'exited' || container.state === 'dead') return believedDead(container, engineSince, now);
  if (container.state === 'removing') return isOver(container.stateSince, REMOVAL_TAKES, now) ? 'dead' : 'unknown';
  return 'alive';
}

const believed = (engineSince: number, now: number, life: Life): Life =>
  isOver(engineSince, ENGINE_SETTLES, now) ? life : 'unknown';

/** A container that died while the engine was watched is dead; one found dead may yet be restarted by a starting Docker. */
const believedDead = (container: ObservedContainer, engineSince: number, now: number): Life =>
  container.stateSince > engineSince ? 'dead' : believed(engineSince, now, 'dead');

/** Ready for requests, as observed: probed twice since its container's last start, or without any probe, up for 5 s. */
export function isReady(sight: Sight, seen: TaskView, now: number): boolean {
  const running = runningContainer(seen);
  if (!running) return false;
  if (isProbed(sight, seen)) return freshHealth(sight, seen)?.ready === true;
  return isRoutedStart(seen) || isOver(running.startSeenAt ?? now, READY_WITHOUT_PORT, now);
}

/** Seen not to be ready: what cannot be read, or was not probed yet, is not known to be bad. */
export function isFailing(sight: Sight, seen: TaskView, now: number): boolean {
  if (lifeOf(seen, now) === 'unknown') return false;
  if (!runningContainer(seen)) return true;
  return freshHealth(sight, seen)?.ready === false;
}

/** Ready for `min_ready` without a miss: it may take over. */
export function isSettled(sight: Sight, seen: TaskView, now: number): boolean {
  return isReady(sight, seen, now) && isOver(readySince(sight, seen), sight.target.spec.deploy.minReady, now);
}

export const settlesAt = (sight: Sight, seen: TaskView): number =>
  readySince(sight, seen) + sight.target.spec.deploy.minReady;

/** Since when it is ready; or will be, if time alone makes it. Epoch ms. */
export function readySince(sight: Sight, seen: TaskView): number {
  if (isProbed(sight, seen)) return freshHealth(sight, seen)?.heldSince ?? Number.POSITIVE_INFINITY;
  const settled = (runningContainer(seen)?.startSeenAt ?? Number.POSITIVE_INFINITY) + READY_WITHOUT_PORT;
  return isRoutedStart(seen) ? Math.min(settled, seen.task.routedAt ?? settled) : settled;
}

/** Requests reach it by the ingress only when its service has domains. */
export const isRouted = (sight: Sight): boolean =>
  sight.target.spec.domains.length > 0 || (sight.from?.spec.domains.length ?? 0) > 0;

/** Others find it by its service's name: it is on a network with them. */
const isNamed = (seen: TaskView): boolean =>
  Object.keys(seen.task.networks ?? {}).length > 0 && runningContainer(seen)?.networks !== undefined;

/** Once routed it is to be in the tables: requests reach it by a domain, or others find it by its name. */
export const isListed = (sight: Sight, seen: TaskView): boolean => isRouted(sight) || isNamed(seen);

/** In every worker's table, or there is no table to be in. */
export const isInTables = (sight: Sight, seen: TaskView): boolean =>
  seen.task.routed && (!isListed(sight, seen) || seen.routing.everywhere);

/** What runs has the target's hash: it belongs to the target, whatever revision it was made for. A restart takes its own alone. */
export const isOfTarget = (sight: Sight, { task }: TaskView): boolean =>
  task.hash === sight.target.hash && !isToRestart(sight, task);

/** It may stay where it is, too. */
export const isCurrent = (sight: Sight, seen: TaskView): boolean =>
  isOfTarget(sight, seen) && seen.leaves === undefined;

/** On the way back from a restart that failed, what it found is as good as what it made. */
const isToRestart = ({ deployment }: Sight, task: Task): boolean =>
  deployment?.restart === true && goesBackSince(deployment) === undefined && !isMadeBy(deployment, task);

/** Requests were sent to it at some time, or could have been. */
export const hasServed = ({ task }: TaskView): boolean => task.routedAt !== undefined;

/** How it fares is the rollout's: it made it, or took the place of the one that did. What it found serving is not. */
export const isJudged = (sight: Sight, seen: TaskView): boolean =>
  sight.deployment !== undefined &&
  isCurrent(sight, seen) &&
  (isMadeBy(sight.deployment, seen.task) || sight.from?.hash !== sight.target.hash);

export const nameOf = ({ task }: TaskView): string => `${task.service}.${task.slot}`;

/** Why it is not ready, in one clause. */
export function whyNotReady(sight: Sight, seen: TaskView, now: number): string {
  const { container } = seen;
  if (container === 'unknown') return whyUnread(sight, seen);
  if (!container) return 'its container is not created yet';
  if (container.state === 'restarting') return `it ${howEnded(sight, seen, container)} and Docker restarts it`;
  if (container.state !== 'running') return `its container is ${container.state}`;
  const before = lastRestart(seen);
  return `${whyNotReadyYet(sight, seen, now)}${before ? `; before, it ${howEnded(sight, seen, before)}` : ''}`;
}

/** It runs. Without a probe only time makes it ready. */
function whyNotReadyYet(sight: Sight, seen: TaskView, now: number): string {
  if (isProbed(sight, seen)) return freshHealth(sight, seen)?.error ?? 'it has not been probed yet';
  const ran = Math.max(0, now - (runningContainer(seen)?.startSeenAt ?? now));
  return `it has run for ${Math.floor(ran / 1_000)} s of ${READY_WITHOUT_PORT / 1_000}`;
}

/** Its node, or its container alone, in the engine's words. */
export function whyUnread(sight: Sight, { unread, unreadNode = 'its node cannot be read' }: TaskView): string {
  if (unread !== undefined) return `its container cannot be read: ${unread}`;
  if (isProbedByPlane(sight)) return unreadNode;
  return `${unreadNode}, and nothing else tells whether it still serves, as it has no port`;
}

/** Added to what waits for a table, or failed for want of one. */
export const whyWithheld = ({ tableWithheld }: Means): string =>
  tableWithheld === undefined ? '' : `: ${tableWithheld}`;
