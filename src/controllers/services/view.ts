import type { Task } from '../../core/model/task.ts';
import type { ServiceView, TaskView } from '../../core/rollout/observed.ts';
import type { World } from '../world.ts';
import type { ServiceRecords } from './records.ts';

/** What the controllers know beside the store and the world, at one moment. */
export interface Surroundings {
  readonly image: ServiceView['image'];
  readonly engineSince: number | undefined;
  readonly ingressSince: number | undefined;
  readonly ingressLostSince: number | undefined;
  readonly tableSettled: boolean;
  readonly tableWithheld?: string | undefined;
  readonly trouble?: string | undefined;
  readonly nodes: readonly string[];
}

/** Stored and observed, laid side by side for the planner. */
export function viewOf(records: ServiceRecords, world: World, surroundings: Surroundings): ServiceView {
  const { service, target, deployment, from, tasks } = records;
  return {
    service: service.value,
    target,
    deployment: deployment?.value,
    from,
    tasks: tasks.map(({ value }) => taskView(value, world)),
    ...surroundings,
  };
}

function taskView(task: Task, world: World): TaskView {
  const stats = world.stats(task.id);
  return {
    task,
    container: world.container(task.id),
    unread: world.unread(task.id),
    health: world.health(task.id),
    routing: world.routing(task.id),
    inflight: stats?.inflight ?? (world.workers() ? 0 : undefined),
    failedRequests: (stats?.errors ?? 0) + (stats?.failed ?? 0),
  };
}
