import { isOver } from '../elapsed.ts';
import type { Deployment } from '../model/deployment.ts';
import type { ServiceView } from './observed.ts';
import { firstNotReached, whatFor } from './others.ts';
import { nothing, take, type Verdict, wait } from './verdict.ts';

/** How often the services that one waits for are looked at, ms. */
const LOOK_EVERY = 500;

/** Whether a deployment that waits for other services may begin, or never will. */
export function awaitOthers(view: ServiceView, { id, startedAt }: Deployment, now: number): Verdict {
  const since = Math.max(startedAt, view.engineSince ?? now);
  const met = firstNotReached(view.others ?? [], { since, ms: view.target.spec.deploy.deadline }, now);
  if (view.others === undefined) return wait('waits for other services', now + LOOK_EVERY);
  if (!met)
    return take({
      kind: 'begin',
      deployment: id,
      reason: `${view.others.map(({ reason }) => reason).join(', ')}: it begins`,
    });
  const { other, isLost } = met;
  if (!isLost) return wait(`waits for ${whatFor(other)}`, now + LOOK_EVERY);
  return take({
    kind: 'skip',
    deployment: id,
    reason: `it waited for ${whatFor(other)}, and ${other.reason}`,
  });
}

/** While its deployment waits, a service is looked after as it was before. */
export function asBefore(view: ServiceView): ServiceView {
  const { service, deployment, from } = view;
  const wasStopped = deployment?.wasStopped === true || from === undefined;
  const { replicas = from?.spec.replicas ?? 0, scaledFrom } = deployment?.before ?? {};
  return {
    ...view,
    service: {
      ...service,
      revision: from?.number ?? service.revision,
      replicas: wasStopped ? 0 : replicas,
      scaledFrom,
      deployment: undefined,
    },
    target: from ?? view.target,
    from: undefined,
    deployment: undefined,
    others: undefined,
    // Not known of the one before: an image that is gone is brought back where a container is made.
    images: new Map(view.nodes.map(({ id }) => [id, 'present'])),
  };
}

/**
 * Where nothing of a service runs, and orca is to start it: after those it depends on, as long as they are on their way. None of
 * them keeps it from running for longer than `deadline`: what served without it before can again.
 */
export function awaitOrder(view: ServiceView, now: number): Verdict {
  const { others, deployment, tasks } = view;
  if (deployment || !others || tasks.some(({ task }) => task.phase === 'run')) return nothing;
  const ends = tasks.map(({ task }) => task.end?.at ?? now);
  const since = Math.max(view.engineSince ?? now, ...ends);
  const ms = view.target.spec.deploy.deadline;
  const met = firstNotReached(others, { since, ms }, now);
  if (!met || met.isLost || isOver(since, ms, now)) return nothing;
  return wait(`${view.service.name} waits for ${whatFor(met.other)}`, now + LOOK_EVERY);
}
