import { LOCAL_NODE, type Node } from '../core/model/node.ts';
import type { Engine } from '../engine/engine.ts';
import { unchanged } from '../store/collection.ts';
import type { State } from '../store/state.ts';
import type { Commit } from './commit.ts';

export interface LocalNode {
  /** Sees to it that the node has its edge network; safe to repeat. Rejects with `unavailable` while the engine is away. */
  prepare(): Promise<void>;
  /** Prepared: it takes tasks. */
  ready(): boolean;
  /** The edge network's interface on the machine, once it is prepared. */
  bridge(): string | undefined;
  /** The machine's address on it, once it is prepared. */
  gateway(): string | undefined;
}

export interface LocalNodeOptions {
  readonly state: State;
  readonly engine: Engine;
  readonly commit: Commit;
  readonly cluster: string;
}

/** Where orca takes its subnets from. */
export const ADDRESS_POOL = '10.208.0.0/12';

/** This machine as the first node, with a network that orca owns. */
export function createLocalNode({ state, engine, commit, cluster }: LocalNodeOptions): LocalNode {
  let ready = false;
  let bridge: string | undefined;
  let gateway: string | undefined;
  const network = `orca-${cluster}-edge`;

  const prepare = async () => {
    const stored = await state.nodes.get(LOCAL_NODE);
    const { bridge: found, ...place } = await engine.ensureEdge(network, ADDRESS_POOL);
    bridge = found;
    gateway = place.gateway;
    const edge = { network, ...place };
    const node: Node = { name: LOCAL_NODE, availability: 'active', ...stored?.value, id: LOCAL_NODE, edge };
    if (JSON.stringify(node) !== JSON.stringify(stored?.value)) {
      await commit([stored ? unchanged(stored) : state.nodes.absent(node)], [state.nodes.put(node)]);
    }
    ready = true;
  };

  return { prepare, ready: () => ready, bridge: () => bridge, gateway: () => gateway };
}
