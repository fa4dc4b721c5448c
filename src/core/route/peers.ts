import { LOCAL_NODE, type Node } from '../model/node.ts';
import type { PeerPlane } from './table.ts';

/** Where the data plane of a node takes requests of others, as its record says. */
export type RelayNode = Pick<Node, 'id' | 'relay'>;

/**
 * The data planes that a node's own deals with: all others of the cluster, each with the address that it is reached at from there. A
 * node whose own takes no part has none.
 */
export function peersOf(node: string, nodes: readonly RelayNode[]): readonly PeerPlane[] {
  const own = nodes.find(({ id }) => id === node)?.relay;
  if (!own) return [];
  return nodes.flatMap(({ id, relay }) => {
    if (id === node || !relay) return [];
    const address = id === LOCAL_NODE ? own.master : relay.address;
    return { node: id, ...(address !== undefined && { address, port: relay.port }) };
  });
}
