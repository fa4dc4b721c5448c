import type { Node } from '../../src/core/model/node.ts';
import type { Cluster } from './cluster.ts';

/** Ids of the nodes of the tasks that a service has, in order. */
export async function nodesOf(cluster: Cluster, service: string): Promise<readonly string[]> {
  const tasks = await cluster.master().state.tasks.list('shop', service);
  return tasks.flatMap(({ value }) => (value.phase === 'ended' ? [] : value.node)).sort();
}

export const availabilityOf = async (cluster: Cluster, node: string): Promise<Node['availability'] | undefined> =>
  (await cluster.master().state.nodes.get(node))?.value.availability;
