import { type ClusterInfo, clusterInfo, type Masters, masters } from '../../contract/cluster.ts';
import type { World } from '../../controllers/world.ts';
import { OrcaError } from '../../core/errors.ts';
import { LOCAL_NODE, type Node } from '../../core/model/node.ts';
import type { EngineInfo } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { State } from '../../store/state.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface ClusterRoutesOptions {
  readonly state: State;
  readonly engines: Pick<Engines, 'of'>;
  readonly world: World;
  readonly version: string;
}

export const clusterRoutes = (options: ClusterRoutesOptions): readonly Route[] => [
  route(clusterInfo, async () => ok(await readCluster(options))),
  route(masters, async () => ok(await readMasters(options))),
];

async function readCluster({ state, engines, world, version }: ClusterRoutesOptions): Promise<ClusterInfo> {
  const [nodes, identity] = await Promise.all([state.nodes.list(), state.cluster.get('identity')]);
  return {
    cluster_name: 'orca',
    cluster_id: identity?.value.id ?? null,
    nodes: await Promise.all(
      nodes.map(async ({ value }) =>
        presentNode(value, await engineInfo(engines, value.id), world.engineDown(value.id)),
      ),
    ),
    node_count: nodes.length,
    version,
  };
}

/** One: it has the number that `/health/ready` tells. What it has committed it has applied, as it writes to the store itself. */
async function readMasters({ state }: ClusterRoutesOptions): Promise<Masters> {
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

async function engineInfo(engines: Pick<Engines, 'of'>, node: string): Promise<EngineInfo | undefined> {
  try {
    return await engines.of(node).info();
  } catch (error) {
    if (error instanceof OrcaError) return undefined;
    throw error;
  }
}

const presentNode = (
  node: Node,
  info: EngineInfo | undefined,
  down: string | undefined,
): ClusterInfo['nodes'][number] => ({
  node_id: node.name,
  address: node.name,
  labels: {},
  last_heartbeat: null,
  drain: node.availability === 'draining' || node.availability === 'drained',
  availability: node.availability,
  status: info && down === undefined ? 'ready' : 'down',
  reason: down ?? (info ? null : 'the engine does not answer'),
  engine: info ? { version: info.version, api_version: info.apiVersion, cpus: info.cpus, memory: info.memory } : null,
});
