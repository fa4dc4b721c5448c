import { isIngress, type Node } from '../model/node.ts';

const CLOSED = 'it is no ingress, and its data plane takes no requests from other nodes';

/**
 * Why requests do not reach a node from where they come in, a clause; undefined if they do, as far as anybody knows.
 *
 * @param unreached what an ingress says that cannot connect to its data plane
 */
export function unservedBecause(
  node: Pick<Node, 'id' | 'ingress' | 'relay'>,
  unreached: string | undefined,
): string | undefined {
  if (isIngress(node)) return undefined;
  if (node.relay?.address === undefined) return CLOSED;
  if (unreached === undefined) return undefined;
  return `requests from other nodes do not reach it (TCP ${node.relay.port}): ${unreached}`;
}
