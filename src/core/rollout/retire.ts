import { isOver } from '../elapsed.ts';
import { isRouted, nameOf } from './judge.ts';
import type { ServiceView, TaskView } from './observed.ts';
import { nothing, take, type Verdict, wait } from './verdict.ts';

/** No data plane for this long: nobody routes, so a stop the user asked for need not wait for an acknowledgement. */
export const INGRESS_GRACE = 60_000;

/**
 * The way out of one task, one observed stage at a time: out of the tables, acknowledged by every worker, plain
 * requests in flight finished, and only then the stop signal.
 *
 * @param keep leave it running once it is drained: it is what the deployment goes back to
 */
export function retire(view: ServiceView, seen: TaskView, reason: string, now: number, keep = false): Verdict {
  const { task } = seen;
  if (task.routed) return take({ kind: 'unroute', task: task.id, slot: task.slot, reason });
  const drain = drained(view, seen, now);
  if (drain !== 'drained') return drain;
  return keep ? nothing : take({ kind: 'stop', task: task.id, slot: task.slot, reason });
}

/** Out of every table in use, and without plain requests, or out of time for them. */
export function drained(view: ServiceView, seen: TaskView, now: number): 'drained' | Verdict {
  const { task, routing, inflight } = seen;
  if (task.routed) return wait(`${nameOf(seen)} is still routed`);
  if (task.unroutedAt === undefined) return 'drained';
  const ends = task.unroutedAt + view.target.spec.drainTimeout;
  // Without a domain it may still have had one a moment ago: what a data plane tells is waited for, but not for ever.
  const mayBeRouted = isRouted(view) ? !nobodyRoutes(view, now) : view.ingressSince !== undefined && now < ends;
  if (routing.somewhere && mayBeRouted) {
    return wait(`the data plane has not acknowledged yet that ${nameOf(seen)} is out of routing`, lostUntil(view));
  }
  if (now >= ends || inflight === 0 || (inflight === undefined && !mayBeRouted)) return 'drained';
  return wait(`${nameOf(seen)} has ${inflight ?? 'an unknown number of'} requests in flight`, ends);
}

/** True when no data plane has been there for the grace, and no deployment depends on its word. */
const nobodyRoutes = (view: ServiceView, now: number): boolean =>
  view.deployment === undefined &&
  view.ingressLostSince !== undefined &&
  isOver(view.ingressLostSince, INGRESS_GRACE, now);

const lostUntil = (view: ServiceView): number | undefined =>
  view.ingressLostSince === undefined ? undefined : view.ingressLostSince + INGRESS_GRACE;
