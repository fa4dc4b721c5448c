import { LOCAL_NODE } from '../../core/model/node.ts';
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
    engineSince: world.engineSince(LOCAL_NODE),
    ingressSince: world.ingressSince(),
    ingressLostSince: world.ingressLostSince(),
  };
}

function taskView(task: Task, world: World): TaskView {
  const stats = world.stats(task);
  return {
    task,
    container: world.container(task),
    unread: world.unread(task),
    health: world.health(task),
    checked: world.checked(task),
    routing: world.routing(task),
    inflight: stats?.inflight ?? (world.workers() ? 0 : undefined),
    failedRequests: (stats?.errors ?? 0) + (stats?.failed ?? 0),
  };
}
