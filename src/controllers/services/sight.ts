import type { Task } from '../../core/model/task.ts';
import type { Sight, TaskView } from '../../core/rollout/observed.ts';
import type { World } from '../world.ts';
import type { ServiceRecords } from './records.ts';

/** Stored and observed, laid side by side: the one way to look at a service, for planners, status and plan. */
export function sightOf(records: ServiceRecords, world: World): Sight {
  const { service, target, deployment, from, tasks } = records;
  const viewsOf = (some: ServiceRecords['tasks']) => some.map(({ value }) => taskView(value, world));
  return {
    service: service.value,
    target,
    deployment: deployment?.value,
    from,
    tasks: viewsOf(tasks.filter(({ value }) => value.release === undefined)),
    releases: viewsOf(tasks.filter(({ value }) => value.release !== undefined)),
    engineSince: readSince(records, world),
    ingressSince: world.ingressSince(),
    ingressLostSince: world.ingressLostSince(),
  };
}

/** The engines that a service is on, and no other, decide whether its state can be read. */
function readSince({ tasks }: ServiceRecords, world: World): number | undefined {
  const live = tasks.filter(({ value }) => value.phase !== 'ended' && !value.lost).map(({ value }) => value.node);
  const used = [...new Set(live)].map(world.engineSince);
  if (used.length > 0) return used.some((since) => since === undefined) ? undefined : latest(used);
  return latest(world.nodes().map(world.engineSince));
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

function taskView(task: Task, world: World): TaskView {
  const stats = world.stats(task);
  return {
    task,
    container: world.container(task),
    unread: world.unread(task),
    engineSince: world.engineSince(task.node),
    engineBegan: world.engineBegan(task.node),
    ingressLostSince: world.ingressLostSince(task),
    health: world.health(task),
    checked: world.checked(task),
    routing: world.routing(task),
    inflight: stats?.inflight ?? (world.workers() ? 0 : undefined),
    failedRequests: (stats?.errors ?? 0) + (stats?.failed ?? 0),
  };
}
