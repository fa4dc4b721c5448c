import type { ObservedContainer } from '../model/container.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import type { Health, Sight, TaskView } from './observed.ts';

/** Who says whether a task is ready; nobody: then time does. A command does not speak for the port: that is probed beside it. */
export const isProbed = ({ target: { spec } }: Sight, seen: TaskView): boolean =>
  spec.port !== undefined || spec.health !== undefined || ownCheck(spec, seen) !== undefined;

/** By the data plane, which connects to the port. */
export const isProbedByPlane = ({ target: { spec } }: Sight): boolean => spec.port !== undefined;

/** Health of the container as it runs now; that of an earlier start says nothing. Undefined while not all have spoken, and none has complained. */
export function freshHealth({ target: { spec } }: Sight, seen: TaskView): Health | undefined {
  if (spec.health?.command === undefined) return fresh(seen, seen.health) ?? ownCheck(spec, seen);
  const checked = fresh(seen, seen.checked) ?? believed(seen);
  return spec.port === undefined ? checked : both(checked, fresh(seen, seen.health));
}

export const runningContainer = ({ container }: TaskView): ObservedContainer | undefined =>
  container !== 'unknown' && container?.state === 'running' ? container : undefined;

/** It was ready, by the word of whoever routed it, and has not been restarted since: also for a master that has just begun. */
export const isRoutedStart = (seen: TaskView): boolean =>
  seen.task.routedStart !== undefined && seen.task.routedStart === runningContainer(seen)?.startedAt;

const fresh = <H extends Health>(seen: TaskView, health: H | undefined): H | undefined => {
  const running = runningContainer(seen);
  return running && health?.container === running.id && health.startedAt === running.startedAt ? health : undefined;
};

/** A master that has just begun has run no command yet: what it finds routed is ready until the command says otherwise. */
function believed(seen: TaskView): Health | undefined {
  const running = runningContainer(seen);
  if (running?.startedAt === undefined || !isRoutedStart(seen)) return undefined;
  const { id: container, startedAt } = running;
  return { container, startedAt, ready: true, wasReady: true, heldSince: seen.task.routedAt ?? 0, misses: 0 };
}

/** The HEALTHCHECK of its image, where the service says nothing of its own. */
function ownCheck({ port, health }: ServiceSpec, seen: TaskView): Health | undefined {
  const running = runningContainer(seen);
  if (port !== undefined || health !== undefined || !running?.check || running.startedAt === undefined)
    return undefined;
  const { id: container, startedAt, check } = running;
  const { status, since, wasHealthy, misses, output = 'it has not passed the HEALTHCHECK of its image yet' } = check;
  const ready = status === 'healthy';
  return {
    container,
    startedAt,
    ready,
    wasReady: wasHealthy,
    heldSince: since,
    misses,
    ...(!ready && { error: output }),
  };
}

/** Ready as soon as both say so, not ready as soon as one does. */
function both(a: Health | undefined, b: Health | undefined): Health | undefined {
  const [worst] = [a, b]
    .filter((one) => one?.ready === false)
    .sort((x, y) => (x?.heldSince ?? 0) - (y?.heldSince ?? 0));
  if (worst) return worst;
  if (!a || !b) return undefined;
  const missing = a.misses > 0 ? a : b;
  return { ...missing, wasReady: true, heldSince: Math.max(a.heldSince, b.heldSince) };
}
