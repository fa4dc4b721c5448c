import { isOver } from '../elapsed.ts';
import { canaryOf, type Deployment, goesBackSince } from '../model/deployment.ts';
import type { Demand } from '../strategy/demand.ts';
import { countBack } from './count-back.ts';
import { imageFailure, pull } from './fill-slot.ts';
import { findFailure, type Standing } from './find-failure.ts';
import { freshHealth } from './health.ts';
import { isCurrent, isJudged, isListed, isRouted, nameOf, whyNotReady, whyWithheld } from './judge.ts';
import { keep } from './kept.ts';
import type { ServiceView } from './observed.ts';
import { releaseFailure } from './release.ts';
import { drained } from './retire.ts';
import { hasReached } from './stage.ts';
import type { Step } from './step.ts';
import { nothing, take, type Verdict, wait } from './verdict.ts';

/** How its slots stand, what was demanded of them, and what they wait for. */
export interface Progress extends Standing {
  readonly demand: Demand;
}

/** Where the rollout stands as a whole: failed, switched, succeeded, gone back. Says at most one step a pass. */
export function planDeployment(view: ServiceView, progress: Progress, now: number): Verdict {
  const { deployment } = view;
  if (!deployment) return nothing;
  if (view.service.paused || view.service.removing) return giveUp(view, deployment);
  if (goesBackSince(deployment) !== undefined) return goBack(view, deployment, progress, now);
  const failure = findFailure(view, deployment, progress, now);
  if (failure) {
    const reason = `deployment ${deployment.id} has failed: ${failure.reason}`;
    return take({ kind: 'fail', deployment: deployment.id, ...backTo(view), failure, reason });
  }
  return goForward(view, deployment, progress, now);
}

/** An image that cannot be had, and a release command that has failed, fail the deployment before anything else of it is made. */
export function earlyFailure(view: ServiceView, { id }: Deployment): Step | undefined {
  const failed = imageFailure(view);
  const failure = failed === undefined ? releaseFailure(view) : { reason: failed, failedRequests: 0 };
  if (failure === undefined) return undefined;
  return {
    kind: 'fail',
    deployment: id,
    ...backTo(view),
    failure,
    reason: `deployment ${id} has failed: ${failure.reason}`,
  };
}

/** Back to the revision that served, unless the user asked to stay. */
function backTo(view: ServiceView) {
  const { target, from } = view;
  // Without its release command nothing of the new revision may run.
  if (!from || !(target.spec.deploy.rollback || releaseFailure(view))) return {};
  return { to: from.number, ...countBack({ ...view, from }) };
}

/** Nothing was wrong with a canary: what served before it is what is started again. */
function giveUp({ service }: ServiceView, deployment: Deployment): Verdict {
  const during = canaryOf(deployment) ? 'its canary ran' : 'it was deployed';
  return take({
    kind: 'settle',
    deployment: deployment.id,
    state: canaryOf(deployment) ? 'rolled-back' : 'failed',
    reason: `the service was ${service.removing ? 'removed' : 'stopped'} while ${during}`,
  });
}

function goForward(view: ServiceView, deployment: Deployment, progress: Progress, now: number): Verdict {
  if (view.target.hash === undefined) return resolveImage(view);
  if (canaryOf(deployment)?.reachedAt !== undefined || !isMet(view, progress)) return nothing;
  if (progress.demand.then === 'cut-over') return cutOver(view, deployment);
  if (isInAnyTable(view) && !view.tableSettled)
    return wait(`the data plane has not acknowledged the newest table yet${whyWithheld(view)}`);
  if (progress.demand.then === 'pause') return pause(view, deployment);
  if (progress.demand.then === 'switch')
    return take({ kind: 'switched', deployment: deployment.id, reason: 'every slot runs the new revision' });
  return succeed(view, deployment, progress, now);
}

/** The newest table is of concern to it. */
const isInAnyTable = (view: ServiceView): boolean =>
  isRouted(view) || view.tasks.some((seen) => seen.task.phase === 'run' && isListed(view, seen));
function pause({ target }: ServiceView, { id, canary }: Deployment): Verdict {
  const { step = 1, of = 1, weight = 0 } = canary ?? {};
  const reason = `step ${step} of ${of}: revision ${target.number} gets ${weight} % of the requests; promote it or roll back`;
  return take({ kind: 'pause', deployment: id, weight, reason });
}

function cutOver({ target }: ServiceView, { id }: Deployment): Verdict {
  const { number, hash = '' } = target;
  const reason = `every task of revision ${number} is ready: all are switched to in one step`;
  return take({ kind: 'cut-over', deployment: id, hash, reason });
}

/** Not before the new set has been watched, misses no probe, and the old one has drained. */
function succeed(view: ServiceView, deployment: Deployment, { slots }: Progress, now: number): Verdict {
  const { id, switchedAt = now } = deployment;
  const monitor = isWatched(view) ? view.target.spec.deploy.monitor : 0;
  if (!isOver(switchedAt, monitor, now)) return wait('the new set must hold for monitor', switchedAt + monitor);
  const missing = slots.find(({ current }) => current && (freshHealth(view, current)?.misses ?? 0) > 0);
  if (missing?.current)
    return wait(`${nameOf(missing.current)} missed its last probe: ${whyNotReady(view, missing.current, now)}`);
  const old = oldTasks(view);
  const draining = old.map((seen) => drained(view, seen, now)).find((verdict) => verdict !== 'drained');
  const held = monitor > 0 ? ', and has held for monitor' : '';
  if (draining) return draining;
  const keeping = keep(old, view);
  if (keeping.steps.length > 0) return keeping;
  return take({ kind: 'succeed', deployment: id, reason: `the new set serves${held}` });
}

/** The image could not be resolved when the wish came in: the pull decides, even if no task is wanted. */
function resolveImage(view: ServiceView): Verdict {
  const { node, why } = view.place(view.target.spec, 1);
  return node === undefined ? wait(`no node is there to bring the image to: ${why}`) : pull(view, node);
}

/** The wanted slots are as far as they shall come, and nothing is routed that shall not be. */
function isMet(view: ServiceView, { slots, demand }: Progress): boolean {
  const goal = demand.share === 0 ? 'settled' : 'switched';
  const isThere = slots.every(({ number, stage }) => number > demand.newWanted || hasReached(stage, goal));
  return isThere && (demand.oldStays === 'routed' || oldTasks(view).every((seen) => !seen.task.routed));
}

const oldTasks = (view: ServiceView) =>
  view.tasks.filter((seen) => seen.task.phase === 'run' && !isCurrent(view, seen));

/** A change that touches no container needs no watch over it; what a superseded deployment has begun does. */
const isWatched = (view: ServiceView): boolean => view.tasks.some((seen) => isJudged(view, seen));

/** The way back: done when the old revision serves in every slot and nothing of the failed one is routed any more. */
function goBack(view: ServiceView, deployment: Deployment, progress: Progress, now: number): Verdict {
  const { slots, demand } = progress;
  const { id, from } = deployment;
  const since = goesBackSince(deployment);
  if (from === undefined || since === undefined) return endWithoutWayBack(view, id);
  if (demand.then === 'cut-over' && isMet(view, progress)) return cutOver(view, deployment);
  const gone = oldTasks(view).every((seen) => !seen.task.routed && !seen.routing.somewhere);
  const serves = slots.every(({ stage }) => hasReached(stage, 'switched'));
  if (gone && serves) {
    const reason = deployment.restart ? `what serves of revision ${from} stays` : `revision ${from} serves again`;
    return take({ kind: 'settle', deployment: id, state: 'rolled-back', reason });
  }
  const { deadline } = view.target.spec.deploy;
  if (!isOver(since, deadline, now)) return wait(`going back to revision ${from}`, since + deadline);
  return take({
    kind: 'settle',
    deployment: id,
    state: 'failed',
    reason: `revision ${from} could not be brought back in time`,
  });
}

/** A first deployment, or one told not to go back: over at once for the latter, when its tasks are gone for the former. */
function endWithoutWayBack(view: ServiceView, id: number): Verdict {
  const left = view.tasks.filter((seen) => seen.task.phase !== 'ended');
  if (view.from === undefined && left.length > 0)
    return wait(`${left.length} tasks of the failed first deployment are being removed`);
  return take({ kind: 'settle', deployment: id, state: 'failed', reason: 'there is no revision to go back to' });
}
