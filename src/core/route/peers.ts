import { isIngress, LOCAL_NODE, type Node, type NodeRelay } from '../model/node.ts';
import type { PeerPlane } from './table.ts';

/** Where the data plane of a node takes requests of others, as its record says. */
export type RelayNode = Pick<Node, 'id' | 'relay' | 'ingress'>;

/** The socket on the master's machine that leads to a node through its agent: for that machine's own data plane. */
export type Through = (node: string) => string | undefined;

interface Means {
  readonly through?: Through | undefined;
  /** Nodes that names on this one lead to. */
  readonly named?: ReadonlySet<string> | undefined;
}

/**
 * The data planes that a node's own deals with: all others of the cluster, with the address that each is reached at from there where
 * it sends any of them something: an ingress to all, others where names lead to. A node whose own takes no part has none.
 */
export function peersOf(
  node: string,
  nodes: readonly RelayNode[],
  { through = NOWHERE, named = NONE }: Means = {},
): readonly PeerPlane[] {
  const own = nodes.find(({ id }) => id === node);
  if (!own?.relay) return [];
  const { relay: here } = own;
  return nodes.flatMap(({ id, relay }) => {
    if (id === node || !relay) return [];
    if (!isIngress(own) && !named.has(id)) return { node: id };
    const address = addressFrom(here, id, relay);
    const socket = node === LOCAL_NODE ? through(id) : undefined;
    return {
      node: id,
      ...(address !== undefined && { address, port: relay.port }),
      ...(socket !== undefined && { through: socket }),
    };
  });
}

const NOWHERE: Through = () => undefined;
const NONE: ReadonlySet<string> = new Set();

const addressFrom = (here: NodeRelay, id: string, { address }: NodeRelay): string | undefined =>
  id === LOCAL_NODE ? here.master : address;

/** Other nodes whose data planes that of a node can connect to, as far as it is known where they are. */
export function reachedFrom(node: string, nodes: readonly RelayNode[], through: Through = NOWHERE): readonly string[] {
  const all = new Set(nodes.map(({ id }) => id));
  return peersOf(node, nodes, { through, named: all })
    .filter((peer) => (peer.address ?? peer.through) !== undefined)
    .map((peer) => peer.node);
}
