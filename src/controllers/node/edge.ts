import { isDeepStrictEqual } from 'node:util';
import { OrcaError } from '../../core/errors.ts';
import { isIngress, type Node } from '../../core/model/node.ts';
import type { GivenEdge } from '../../core/nodes/wire.ts';
import type { Engine } from '../../engine/engine.ts';
import { unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';
import { createTurns } from '../turns.ts';

/** The network of a node that orca owns, and every task is on. */
export interface NodeEdge {
  /** Sees to it that it is there; safe to repeat, also at once. Rejects with `unavailable` while the engine is away. */
  prepare(): Promise<void>;
  /** Prepared: the node can take tasks. */
  ready(): boolean;
  /**
   * Tells the node of its network and whether it is an ingress: by that alone it starts its data plane and locks the network. Safe to
   * repeat. Rejects with `unavailable` while the node is away, and before the network is there.
   */
  give(): Promise<void>;
  /** The node was told all that stands in its record; true where nobody has to be told. */
  isGiven(): Promise<boolean>;
  /** As people know the node, as of when it was prepared last; its id before. */
  nodeName(): string;
  /** Its interface on the node's machine, once it is prepared. */
  bridge(): string | undefined;
  /** The machine's address on it, once it is prepared. */
  gateway(): string | undefined;
}

export interface NodeEdgeOptions {
  readonly state: State;
  /** Its id. */
  readonly node: string;
  /** It is the master's own machine, which nobody had to let in: its record is made here. */
  readonly isOwn: boolean;
  readonly engine: Pick<Engine, 'ensureEdge'>;
  readonly commit: Commit;
  readonly cluster: string;
  /** What comes of it a node tells with its status. Not asked for the master's own. */
  readonly giveEdge?: ((node: string, edge: GivenEdge) => Promise<void>) | undefined;
}

/** Where orca takes its subnets from. */
export const ADDRESS_POOL = '10.208.0.0/12';

export function createNodeEdge(options: NodeEdgeOptions): NodeEdge {
  const { state, node: id, isOwn, engine, commit, cluster, giveEdge } = options;
  let ready = false;
  let name = id;
  let bridge: string | undefined;
  let gateway: string | undefined;
  let given: GivenEdge | undefined;
  const network = `orca-${cluster}-edge`;
  const inTurn = createTurns();

  /** One at a time: Docker would make two networks of one name, and start nothing on either. */
  const prepare = () => inTurn(prepareNow);

  const prepareNow = async () => {
    const stored = await state.nodes.get(id);
    if (!stored && !isOwn) throw new OrcaError('unavailable', `the node ${id} is not one of the cluster any more`);
    const { bridge: found, ...place } = await engine.ensureEdge(network, ADDRESS_POOL);
    bridge = found;
    gateway = place.gateway;
    const edge = { network, ...place };
    const node: Node = { name: id, availability: 'active', ...stored?.value, id, edge };
    if (JSON.stringify(node) !== JSON.stringify(stored?.value)) {
      await commit([stored ? unchanged(stored) : state.nodes.absent(node)], [state.nodes.put(node)]);
    }
    name = node.name;
    ready = true;
  };

  const wanted = async (): Promise<GivenEdge | undefined> => {
    const node = (await state.nodes.get(id))?.value;
    return node?.edge && bridge !== undefined ? { ...node.edge, bridge, ingress: isIngress(node) } : undefined;
  };

  const isTold = !isOwn && giveEdge !== undefined;
  const give = async () => {
    if (!isTold) return;
    const edge = await wanted();
    if (!edge) throw new OrcaError('unavailable', `the edge network of the node ${id} is not known yet`);
    await giveEdge(id, edge);
    given = edge;
  };

  return {
    prepare,
    ready: () => ready,
    give,
    isGiven: async () => !isTold || (ready && isDeepStrictEqual(given, await wanted())),
    nodeName: () => name,
    bridge: () => bridge,
    gateway: () => gateway,
  };
}
