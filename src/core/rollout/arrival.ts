import { between, type PlaneTime } from '../clock.ts';
import type { ContainerView, ObservedContainer } from '../model/container.ts';
import type { TargetHealth } from '../route/protocol.ts';
import type { ObservedHealth } from './observed.ts';

/**
 * What others tell is stamped with the time at which it arrived: their own times are of their own clocks. The same thing told
 * again keeps its stamp.
 */
export function seenContainer(
  view: ContainerView,
  before: ObservedContainer | undefined,
  now: number,
): ObservedContainer {
  const known = before?.id === view.id ? before : undefined;
  const sameStart = known !== undefined && known.startedAt === view.startedAt;
  return {
    ...view,
    startSeenAt: view.startedAt === undefined ? undefined : sameStart ? known.startSeenAt : now,
    stateSince: sameStart && known.state === view.state ? known.stateSince : now,
  };
}

/** @param at of the data plane's clock, when it told this; one from before this field says nothing */
export function toldHealth(
  told: TargetHealth,
  before: ObservedHealth | undefined,
  at: PlaneTime | undefined,
  now: number,
): ObservedHealth {
  if (before && isSame(told, before)) return { ...told, heldSince: before.heldSince };
  return { ...told, heldSince: at === undefined ? now : now - between(told.since, at) };
}

const isSame = (a: TargetHealth, b: TargetHealth): boolean =>
  a.container === b.container && a.startedAt === b.startedAt && a.ready === b.ready && a.since === b.since;
