import { isIngress, LOCAL_NODE, type Node } from '../model/node.ts';
import type { PeerPlane } from './table.ts';

/** Where the data plane of a node takes requests of others, as its record says. */
export type RelayNode = Pick<Node, 'id' | 'relay' | 'ingress'>;

/**
 * The data planes that a node's own deals with: all others of the cluster, for an ingress with the address that each is reached at
 * from there. A node whose own takes no part has none.
 *
 * @param through the socket on the master's machine that leads to a node through its agent: for that machine's own ingress
 */
export function peersOf(
  node: string,
  nodes: readonly RelayNode[],
  through: (node: string) => string | undefined = () => undefined,
): readonly PeerPlane[] {
  const own = nodes.find(({ id }) => id === node);
  if (!own?.relay) return [];
  const { relay: here } = own;
  return nodes.flatMap(({ id, relay }) => {
    if (id === node || !relay) return [];
    if (!isIngress(own)) return { node: id };
    const address = id === LOCAL_NODE ? here.master : relay.address;
    const socket = node === LOCAL_NODE ? through(id) : undefined;
    return {
      node: id,
      ...(address !== undefined && { address, port: relay.port }),
      ...(socket !== undefined && { through: socket }),
    };
  });
}
