import { isOver } from '../elapsed.ts';
import type { Deployment } from '../model/deployment.ts';
import { releaseOf } from '../schedule/placing.ts';
import { howEnded } from './endings.ts';
import { hasImage, pull } from './fill-slot.ts';
import { movesSince } from './held.ts';
import { lifeOf, whyUnread } from './judge.ts';
import type { ServiceView, Sight, TaskView } from './observed.ts';
import { RELEASE_SLOT } from './slot.ts';
import type { FailureCause } from './step.ts';
import { all, nothing, take, type Verdict, wait } from './verdict.ts';

/** A container that was to be started and is not seen to have been after this: nobody knows whether it ran. */
const START_TAKES = 60_000;

/**
 * A deployment runs the release command of its revision, once, before any task: not on its way back, not for a restart or a
 * rollback, and not where no container is replaced.
 */
export const wantsRelease = ({ deployment, target, from }: Sight): boolean =>
  target.spec.release !== undefined &&
  deployment !== undefined &&
  deployment.failure === undefined &&
  deployment.restart === undefined &&
  target.rollbackOf === undefined &&
  (target.hash === undefined || target.hash !== from?.hash);

const own = ({ releases }: Sight, { id }: Deployment): TaskView | undefined =>
  releases.find(({ task }) => task.deployment === id);

/** One that was given up may have ended well at that, one whose node was lost may end well there: its deployment has failed by then. */
const succeeded = ({ task }: TaskView): boolean => task.end?.exitCode === 0 && !task.givenUp && !task.lost;

/** It is wanted, and has not ended with exit code 0 yet. */
export function awaitsRelease(view: Sight): boolean {
  if (!view.deployment || !wantsRelease(view)) return false;
  const run = own(view, view.deployment);
  return run === undefined || !succeeded(run);
}

/** Why the deployment has failed by it; undefined if it has not. */
export function releaseFailure(view: Sight): FailureCause | undefined {
  const run = view.deployment && own(view, view.deployment);
  if (!run || !(run.task.end || run.task.lost) || succeeded(run)) return undefined;
  const { id: task, node, end } = run.task;
  const reason = `the release command failed: ${end?.reason ?? run.task.reason}`;
  return { reason, task, node, exitCode: end?.exitCode, failedRequests: 0 };
}

/** When the last one ended: what follows has its time from then on. Epoch ms. */
export const releasedAt = ({ releases }: Sight): number =>
  Math.max(0, ...releases.map(({ task }) => task.end?.at ?? 0));

/** Begins it: once the image is there, and no release command of an earlier deployment runs any more. */
export function beginRelease(view: ServiceView, deployment: Deployment, now: number): Verdict {
  if (own(view, deployment)) return nothing;
  const before = view.releases.find(({ task }) => task.phase !== 'ended');
  if (before)
    return wait(`waits until the release command of deployment ${before.task.deployment} has ended`, now + 1_000);
  const { node, why } = view.place(releaseOf(view.target.spec), RELEASE_SLOT);
  if (node === undefined) return wait(`no node takes the release command: ${why}`);
  if (!hasImage(view, node)) return pull(view, node);
  const reason = `the release command runs before any task of revision ${view.target.number}`;
  const { number: revision } = view.target;
  return take({
    kind: 'assign',
    slot: RELEASE_SLOT,
    revision,
    attempt: 0,
    node: node.id,
    deployment: deployment.id,
    reason,
  });
}

/** Every release command that is there, one stage further: started once, watched, ended, taken away. */
export const tendReleases = (view: ServiceView, now: number): Verdict =>
  all(view.releases.map((seen) => tendRelease(view, seen, now)));

function tendRelease(view: ServiceView, seen: TaskView, now: number): Verdict {
  const { task, container } = seen;
  const subject = { task: task.id, slot: task.slot, node: task.node };
  const { service, deployment } = view;
  const isWanted = deployment?.id === task.deployment && !deployment?.failure && !service.paused && !service.removing;
  const begunAt = task.release?.begunAt;
  if (task.phase !== 'ended' && view.homes?.get(task.node)?.isGone)
    return lose(seen, 'its node was removed from the cluster: it is not known how it ended', true);
  switch (lifeOf(seen, now)) {
    case 'ended':
      return container && container !== 'unknown'
        ? take({ kind: 'sweep', ...subject, reason: 'the release command has ended' })
        : nothing;
    case 'stopping':
      if (seen.engineSince === undefined) return wait('the release command is stopped once its node is back');
      return take({ kind: 'stop', ...subject, wanted: false, reason: task.reason });
    case 'assigned':
      if (begunAt === undefined) return tendUnstarted(view, seen, isWanted, now);
      return isOver(begunAt, START_TAKES, now)
        ? give(seen, 'orca was interrupted while it started the command: it is not known whether it ran')
        : wait('the release command is being started', begunAt + START_TAKES);
    case 'alive':
      return tendRunning(view, seen, isWanted, now);
    case 'dead':
      return bury(view, seen);
    case 'unknown':
      return tendUnseen(view, seen, now);
  }
}

function tendUnstarted({ target }: ServiceView, seen: TaskView, isWanted: boolean, now: number): Verdict {
  const { task } = seen;
  const { deadline } = target.spec.deploy;
  if (!isWanted) return give(seen, 'it was not started: its deployment ended before');
  if (isOver(task.assignedAt, deadline, now)) return give(seen, `it could not be started within ${deadline / 1_000} s`);
  return take({ kind: 'start', task: task.id, slot: task.slot, node: task.node, reason: task.reason });
}

/** It may run, and end well, where nobody sees it: it has its deadline. Then it counts as failed, and is stopped once it can be. */
function tendUnseen(view: ServiceView, seen: TaskView, now: number): Verdict {
  const { task } = seen;
  const deadline = deadlineOf(view, seen);
  const since = task.release?.begunAt ?? task.assignedAt;
  const why = whyUnread(view, seen);
  if (!isOver(since, deadline, now)) return wait(`the release command cannot be seen now: ${why}`, since + deadline);
  return lose(seen, `it is not known how it ended, and its ${deadline / 1_000} s are over: ${why}`);
}

const deadlineOf = ({ target, from }: ServiceView, { task }: TaskView): number =>
  (task.hash === from?.hash ? from : target).spec.deploy.deadline;

const lose = ({ task: { id, slot, node } }: TaskView, reason: string, isGone?: true): Verdict =>
  take({ kind: 'lose', task: id, slot, node, reason, ...(isGone && { isGone }) });

function tendRunning(view: ServiceView, seen: TaskView, isWanted: boolean, now: number): Verdict {
  const { task } = seen;
  const { service } = view;
  if (service.paused || service.removing)
    return give(seen, `the service was ${service.removing ? 'removed' : 'stopped'} while it ran`);
  const deadline = deadlineOf(view, seen);
  const since = task.release?.begunAt ?? task.assignedAt;
  if (isOver(since, deadline, now)) return give(seen, `it did not end within ${deadline / 1_000} s`);
  return isWanted ? wait('the release command is running', since + deadline) : nothing;
}

/** It is stopped, and counts as failed. */
const give = ({ task }: TaskView, reason: string): Verdict =>
  take({ kind: 'stop', task: task.id, slot: task.slot, node: task.node, wanted: false, reason });

function bury(view: ServiceView, seen: TaskView): Verdict {
  const { task, container } = seen;
  const found = container && container !== 'unknown' ? container : undefined;
  const { exitCode, oomKilled } = found ?? {};
  const reason = found
    ? (found.error ?? howEnded(view, seen, found))
    : 'its container is gone: it is not known how it ended';
  return take({ kind: 'bury', task: task.id, slot: task.slot, node: task.node, exitCode, oomKilled, reason });
}

/** Since when tasks of the deployment could have been made. Epoch ms. */
export const tasksSince = (sight: Sight, deployment: Deployment): number =>
  Math.max(movesSince(deployment), releasedAt(sight));
