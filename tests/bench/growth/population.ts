import { engineTime } from '../../../src/core/clock.ts';
import { LABEL } from '../../../src/core/model/container.ts';
import type { Deployment } from '../../../src/core/model/deployment.ts';
import type { Store } from '../../../src/store/contract.ts';
import { createState } from '../../../src/store/state.ts';
import type { ClusterNode } from '../../cluster/node.ts';
import { putService } from '../../unit/store/put-service.ts';
import { manyServices } from '../plan/services.ts';

export interface Population {
  readonly services: number;
  readonly replicas: number;
  /** Ended ones that are kept. */
  readonly deployments: number;
}

const AT_ONCE = 100;

/** Services that have run for a day, each in a project of its own, with their containers, of each node as many. */
export async function populate(
  store: Store,
  nodes: readonly ClusterNode[],
  { services: count, replicas, deployments }: Population,
  now: number,
): Promise<void> {
  const state = createState(store);
  const services = manyServices({ count, replicas, state: 'calm', now, projects: count });
  let placed = 0;
  for (const { service, target, tasks } of services) {
    const seats = tasks.map(({ value }) => {
      const node = nodes[placed % nodes.length] as ClusterNode;
      placed += 1;
      return { node, task: { ...value, node: node.id } };
    });
    const records = [...putService(state, { ...service.value, stable: 1 }), state.revisions.put(target)];
    await store.txn({ then: [...records, ...seats.map(({ task }) => state.tasks.put(task))] });
    for (const { node, task } of seats) {
      node.machine.put({
        id: task.container ?? '',
        name: task.id,
        labels: { [LABEL.project]: task.project, [LABEL.service]: task.service, [LABEL.task]: task.id },
        state: 'running',
        startedAt: engineTime(now - 86_390_000),
        oomKilled: false,
        restarts: 0,
        address: task.address,
      });
    }
  }
  const ended = Array.from({ length: deployments }, (_, index): Deployment => {
    const { project = '', name = '' } = services[index % count]?.service.value ?? {};
    const times = { startedAt: now - 80_000_000, endedAt: now - 79_000_000 };
    const what = { id: index + 1, project, service: name, to: 1, state: 'succeeded', strategy: 'rolling' } as const;
    return { ...what, ...times, reason: 'the new set serves, and has held for monitor' };
  });
  for (let at = 0; at < ended.length; at += AT_ONCE) {
    await store.txn({ then: ended.slice(at, at + AT_ONCE).map((one) => state.deployments.put(one)) });
  }
  await store.txn({ then: [state.cluster.put({ name: 'deployment', number: deployments })] });
}
