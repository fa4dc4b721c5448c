import { type ClusterInfo, clusterInfo, type Masters, masters } from '../../contract/cluster.ts';
import { LOCAL_NODE } from '../../core/model/node.ts';
import { listNodes, type NodesOptions } from '../nodes/present.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export const clusterRoutes = (options: NodesOptions): readonly Route[] => [
  route(clusterInfo, async () => ok(await readCluster(options))),
  route(masters, async () => ok(await readMasters(options))),
];

async function readCluster(options: NodesOptions): Promise<ClusterInfo> {
  const { state, version } = options;
  const [nodes, identity] = await Promise.all([listNodes(options), state.cluster.get('identity')]);
  return {
    cluster_name: 'orca',
    cluster_id: identity?.value.id ?? null,
    nodes,
    node_count: nodes.length,
    version,
  };
}

/** One: it has the number that `/health/ready` tells. What it has committed it has applied, as it writes to the store itself. */
async function readMasters({ state }: NodesOptions): Promise<Masters> {
  const [{ revision }, term] = await Promise.all([state.store.status(), state.cluster.get('term')]);
  return {
    node_id: 1,
    role: 'leader',
    current_term: term?.value.number ?? 0,
    leader_id: 1,
    commit_index: revision,
    last_applied: revision,
    log_length: revision,
    nodes: [{ node_id: 1, address: LOCAL_NODE, is_alive: true }],
  };
}
