import { isOver } from '../elapsed.ts';
import type { ObservedContainer } from '../model/container.ts';
import { READY_WITHOUT_PORT } from '../model/ready.ts';
import { howEnded, lastRestart } from './endings.ts';
import { isMadeBy } from './made-by.ts';
import type { ServiceView, TaskView } from './observed.ts';

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

export function lifeOf({ task, container }: TaskView, view: ServiceView, now: number): Life {
  if (task.phase === 'ended') return 'ended';
  if (task.phase === 'stop') return 'stopping';
  if (container === 'unknown' || view.engineSince === undefined) return 'unknown';
  if (!container) return task.container === undefined ? 'assigned' : believed(view, now, 'dead');
  if (container.state === 'created') return container.error === undefined ? 'assigned' : 'dead';
  if (container.state === 'exited' || container.state === 'dead') return believedDead(container, view, now);
  if (container.state === 'removing') return isOver(container.stateSince, REMOVAL_TAKES, now) ? 'dead' : 'unknown';
  return 'alive';
}

const believed = (view: ServiceView, now: number, life: Life): Life =>
  isOver(view.engineSince ?? now, ENGINE_SETTLES, now) ? life : 'unknown';

/** A container that died while the engine was watched is dead; one found dead may yet be restarted by a starting Docker. */
const believedDead = (container: ObservedContainer, view: ServiceView, now: number): Life =>
  container.stateSince > (view.engineSince ?? now) ? 'dead' : believed(view, now, 'dead');

/** Ready for requests, as observed: probed twice since its container's last start, or without a port, up for 5 s. */
export function isReady(view: ServiceView, seen: TaskView, now: number): boolean {
  const running = runningContainer(seen);
  if (!running) return false;
  if (view.target.spec.port !== undefined) return freshHealth(seen)?.ready === true;
  return isRoutedStart(seen) || isOver(running.startSeenAt ?? now, READY_WITHOUT_PORT, now);
}

/** It was ready, by the word of whoever routed it, and has not been restarted since: also for a master that has just begun. */
const isRoutedStart = (seen: TaskView): boolean =>
  seen.task.routedStart !== undefined && seen.task.routedStart === runningContainer(seen)?.startedAt;

/** Seen not to be ready: what cannot be read, or was not probed yet, is not known to be bad. */
export function isFailing(view: ServiceView, seen: TaskView, now: number): boolean {
  if (lifeOf(seen, view, now) === 'unknown') return false;
  if (!runningContainer(seen)) return true;
  return view.target.spec.port !== undefined && freshHealth(seen)?.ready === false;
}

/** Ready for `min_ready` without a miss: it may take over. */
export function isSettled(view: ServiceView, seen: TaskView, now: number): boolean {
  return isReady(view, seen, now) && isOver(readyFrom(view, seen), view.target.spec.deploy.minReady, now);
}

export const settlesAt = (view: ServiceView, seen: TaskView): number =>
  readyFrom(view, seen) + view.target.spec.deploy.minReady;

/** Since when it is ready; or will be, if time alone makes it. */
function readyFrom(view: ServiceView, seen: TaskView): number {
  if (view.target.spec.port !== undefined) return freshHealth(seen)?.heldSince ?? Number.POSITIVE_INFINITY;
  const settled = (runningContainer(seen)?.startSeenAt ?? Number.POSITIVE_INFINITY) + READY_WITHOUT_PORT;
  return isRoutedStart(seen) ? Math.min(settled, seen.task.routedAt ?? settled) : settled;
}

export const runningContainer = ({ container }: TaskView): ObservedContainer | undefined =>
  container !== 'unknown' && container?.state === 'running' ? container : undefined;

/** Health of the container as it runs now; that of an earlier start says nothing. */
export function freshHealth(seen: TaskView) {
  const running = runningContainer(seen);
  const { health } = seen;
  return running && health?.container === running.id && health.startedAt === running.startedAt ? health : undefined;
}

/** Requests reach it by the ingress only when its service has domains. */
export const isRouted = (view: ServiceView): boolean =>
  view.target.spec.domains.length > 0 || (view.from?.spec.domains.length ?? 0) > 0;

/** In every worker's table, or there is no table to be in. */
export const isInTables = (view: ServiceView, seen: TaskView): boolean =>
  seen.task.routed && (!isRouted(view) || seen.routing.everywhere);

/** What runs has the target's hash: it belongs to the target, whatever revision it was made for. */
export const isCurrent = (view: ServiceView, { task }: TaskView): boolean => task.hash === view.target.hash;

/** Requests were sent to it at some time, or could have been. */
export const hasServed = ({ task }: TaskView): boolean => task.routedAt !== undefined;

/** How it fares is the rollout's: it made it, or took the place of the one that did. What it found serving is not. */
export const isJudged = (view: ServiceView, seen: TaskView): boolean =>
  view.deployment !== undefined &&
  isCurrent(view, seen) &&
  (isMadeBy(view.deployment, seen.task) || view.from?.hash !== view.target.hash);

export const nameOf = ({ task }: TaskView): string => `${task.service}.${task.slot}`;

/** Why it is not ready, in one clause. */
export function whyNotReady(view: ServiceView, seen: TaskView, now: number): string {
  const { container } = seen;
  if (container === 'unknown') return whyUnread(seen);
  if (!container) return 'its container is not created yet';
  if (container.state === 'restarting') return `it ${howEnded(view, seen, container)} and Docker restarts it`;
  if (container.state !== 'running') return `its container is ${container.state}`;
  const before = lastRestart(seen);
  return `${whyNotReadyYet(view, seen, now)}${before ? `; before, it ${howEnded(view, seen, before)}` : ''}`;
}

/** It runs. Without a port only time makes it ready. */
function whyNotReadyYet(view: ServiceView, seen: TaskView, now: number): string {
  if (view.target.spec.port !== undefined) return freshHealth(seen)?.error ?? 'it has not been probed yet';
  const ran = Math.max(0, now - (runningContainer(seen)?.startSeenAt ?? now));
  return `it has run for ${Math.floor(ran / 1_000)} s of ${READY_WITHOUT_PORT / 1_000}`;
}

/** Its node, or its container alone, in the engine's words. */
export const whyUnread = ({ unread }: TaskView): string =>
  unread === undefined ? 'its node cannot be read' : `its container cannot be read: ${unread}`;

/** Added to what waits for a table, or failed for want of one. */
export const whyWithheld = ({ tableWithheld }: ServiceView): string =>
  tableWithheld === undefined ? '' : `: ${tableWithheld}`;
