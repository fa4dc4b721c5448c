import { type ClusterInfo, clusterInfo } from '../../contract/cluster.ts';
import type { World } from '../../controllers/world.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Node } from '../../core/model/node.ts';
import type { Engine, EngineInfo } from '../../engine/engine.ts';
import type { State } from '../../store/state.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface ClusterRoutesOptions {
  readonly state: State;
  readonly engine: Engine;
  readonly world: World;
  readonly version: string;
}

export const clusterRoutes = (options: ClusterRoutesOptions): readonly Route[] => [
  route(clusterInfo, async () => ok(await readCluster(options))),
];

async function readCluster({ state, engine, world, version }: ClusterRoutesOptions): Promise<ClusterInfo> {
  const [nodes, identity, info] = await Promise.all([
    state.nodes.list(),
    state.cluster.get('identity'),
    engineInfo(engine),
  ]);
  const down = world.engineDown();
  return {
    cluster_name: 'orca',
    cluster_id: identity?.value.id ?? null,
    nodes: nodes.map(({ value }) => presentNode(value, info, down)),
    node_count: nodes.length,
    version,
  };
}

async function engineInfo(engine: Engine): Promise<EngineInfo | undefined> {
  try {
    return await engine.info();
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
