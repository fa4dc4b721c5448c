import type { World } from '../../controllers/world.ts';
import type { Deployment } from '../../core/model/deployment.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import type { Task } from '../../core/model/task.ts';
import type { ServiceView, TaskView } from '../../core/rollout/observed.ts';

export interface ServiceRecords {
  readonly service: Service;
  /** The revision that `service.revision` names. */
  readonly target: Revision;
  readonly deployment?: Deployment | undefined;
  readonly from?: Revision | undefined;
  readonly tasks: readonly Task[];
}

/** What is stored of a service beside what is seen of it now. */
export function viewOf({ service, target, deployment, from, tasks }: ServiceRecords, world: World): ServiceView {
  return {
    service,
    target,
    deployment,
    from,
    tasks: tasks.map((task) => seen(task, world)),
    image: 'present',
    engineSince: world.engineDown() === undefined ? 0 : undefined,
    ingressSince: world.workers() === undefined ? undefined : 0,
    tableSettled: true,
    nodes: [],
  };
}

function seen(task: Task, world: World): TaskView {
  const stats = world.stats(task.id);
  return {
    task,
    container: world.container(task.id),
    unread: world.unread(task.id),
    health: world.health(task.id),
    routing: world.routing(task.id),
    inflight: stats?.inflight,
    failedRequests: (stats?.errors ?? 0) + (stats?.failed ?? 0),
  };
}
