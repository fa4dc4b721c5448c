import { isOver } from '../elapsed.ts';
import { NAME_OUTLIVES } from '../names/names.ts';
import { isRouted, nameOf } from './judge.ts';
import type { ServiceView, Sight, TaskView } from './observed.ts';
import { isInTheWay } from './stop-first.ts';
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
  const free = isRemembered(view, seen) ? freeAt(view, seen) : now;
  if (!keep && !isOver(free, 0, now))
    return wait(
      `clients may remember ${nameOf(seen)} for ${NAME_OUTLIVES / 1000} s after its name was withdrawn`,
      free,
    );
  return keep ? nothing : take({ kind: 'stop', task: task.id, slot: task.slot, node: task.node, reason });
}

/**
 * Somebody may still connect to it by an answer that was given before its name was withdrawn. Where nothing else is there to
 * connect to, as it makes room for its successor or is the last, to wait would only make that last longer.
 */
const isRemembered = (view: ServiceView, seen: TaskView): boolean =>
  seen.task.networks !== undefined &&
  seen.task.unroutedAt !== undefined &&
  !isInTheWay(view, seen) &&
  view.tasks.some(({ task }) => task.routed);

const freeAt = ({ ingressSince = 0 }: ServiceView, { task, routing }: TaskView): number =>
  Math.max(task.unroutedAt ?? 0, routing.goneAt ?? ingressSince) + NAME_OUTLIVES;

/** Out of every table in use, and without plain requests, or out of time for them. */
export function drained(view: ServiceView, seen: TaskView, now: number): 'drained' | Verdict {
  const { task, routing, inflight } = seen;
  if (task.routed) return wait(`${nameOf(seen)} is still routed`);
  if (task.unroutedAt === undefined) return 'drained';
  // A node that was away sent it requests until it heard: they have as long from then on.
  const ends = Math.max(task.unroutedAt, routing.goneAt ?? 0) + view.target.spec.drainTimeout;
  // Without a domain it may still have had one a moment ago: what a data plane tells is waited for, but not for ever.
  const isListed = isRouted(view) || task.networks !== undefined;
  const mayBeRouted = isListed ? !nobodyRoutes(view, seen, now) : view.ingressSince !== undefined && now < ends;
  if (routing.somewhere && mayBeRouted) {
    return wait(
      `the data plane has not acknowledged yet that ${nameOf(seen)} is out of routing`,
      lostUntil(view, seen),
    );
  }
  if (now >= ends || inflight === 0 || (inflight === undefined && !mayBeRouted)) return 'drained';
  return wait(`${nameOf(seen)} has ${inflight ?? 'an unknown number of'} requests in flight`, ends);
}

/** A node that is back has this long to hear that a task there was replaced: what still comes in by it must not be cut. */
const TABLE_TAKES = 5_000;

/** A task that has begun to go is stopped as soon as its node is there; `nothing` if that is now. */
export function mayStop(seen: TaskView, now: number): Verdict {
  const { task, isAway, engineSince, routing, inflight = 0 } = seen;
  if (isAway || (task.lost && engineSince === undefined))
    return wait(`${nameOf(seen)} is stopped once its node is back`);
  const mayServe = routing.somewhere || inflight > 0;
  if (!task.lost || engineSince === undefined || !mayServe || isOver(engineSince, TABLE_TAKES, now)) return nothing;
  return wait(
    `${nameOf(seen)} was replaced while its node was away, and is about to be stopped`,
    engineSince + TABLE_TAKES,
  );
}

/** True when its data plane has not been there for the grace, and no deployment depends on its word. */
function nobodyRoutes(view: ServiceView, seen: TaskView, now: number): boolean {
  const since = lostSince(view, seen);
  return view.deployment === undefined && since !== undefined && isOver(since, INGRESS_GRACE, now);
}

/** Since when the data plane of its node has been away; undefined while it is there. Epoch ms. */
export const lostSince = (sight: Pick<Sight, 'ingressLostSince'>, seen: TaskView): number | undefined =>
  seen.ingressLostSince ?? sight.ingressLostSince;

function lostUntil(view: ServiceView, seen: TaskView): number | undefined {
  const since = lostSince(view, seen);
  return since === undefined ? undefined : since + INGRESS_GRACE;
}
