import { between, type PlaneTime } from '../clock.ts';
import type {
  ContainerView,
  ImageCheck,
  ObservedCheck,
  ObservedContainer,
  ObservedEnding,
} from '../model/container.ts';
import type { TargetHealth } from '../route/protocol.ts';
import type { ObservedHealth } from './observed.ts';

/**
 * What others tell is stamped with the time at which it arrived: their own times are of their own clocks. The same thing told
 * again keeps its stamp.
 *
 * @param exitCode as its last event told it
 */
export function seenContainer(
  view: ContainerView,
  before: ObservedContainer | undefined,
  now: number,
  exitCode?: number | undefined,
): ObservedContainer {
  const known = before?.id === view.id ? before : undefined;
  const sameStart = known !== undefined && known.startedAt === view.startedAt;
  return {
    ...view,
    startSeenAt: view.startedAt === undefined ? undefined : sameStart ? known.startSeenAt : now,
    stateSince: sameStart && known.state === view.state ? known.stateSince : now,
    lastEnd: endingOf(view, known?.lastEnd, now, exitCode),
    check: view.check && checkOf(view.check, sameStart ? known.check : undefined, now),
  };
}

const checkOf = (check: ImageCheck, known: ObservedCheck | undefined, now: number): ObservedCheck => ({
  ...check,
  since: known?.status === check.status ? known.since : now,
  wasHealthy: check.status === 'healthy' || known?.wasHealthy === true,
});

/** While it runs, Docker still tells whether it ran out of memory before, but not with which code it exited: that was seen or told. */
function endingOf(
  { finishedAt, exitCode, oomKilled }: ContainerView,
  known: ObservedEnding | undefined,
  now: number,
  told: number | undefined,
): ObservedEnding | undefined {
  if (finishedAt === undefined) return undefined;
  if (known?.finishedAt === finishedAt) return { ...known, exitCode: exitCode ?? known.exitCode ?? told };
  return { finishedAt, exitCode: exitCode ?? told, oomKilled, seenAt: now };
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
