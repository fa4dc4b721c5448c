import { isIngress, LOCAL_NODE, type Node } from '../model/node.ts';
import type { Unreached } from '../route/protocol.ts';

/** What the ingress of a node says of another node that it cannot connect to. */
export interface ToldUnreached extends Omit<Unreached, 'node'> {
  /** Id of the ingress's own node. */
  readonly from: string;
}

/** How requests that come in elsewhere get to a node, and why not better, a clause. */
export type RelayState =
  | { readonly state: 'direct' }
  | { readonly state: 'through_agent'; readonly why: string }
  | { readonly state: 'unreachable'; readonly why: string };

const CLOSED = 'its data plane takes no requests from other nodes';

type Target = Pick<Node, 'id' | 'ingress' | 'relay'>;

/**
 * Through the agent only the machine of the master gets to a node: an ingress elsewhere that cannot connect to it makes it one that
 * requests do not reach, as each must get there wherever it came in.
 *
 * @param told by all that cannot connect to it; none: all can, as far as anybody knows
 * @param nameOf the name of a node, by its id
 */
export function relayStateOf(
  { relay }: Target,
  told: readonly ToldUnreached[],
  nameOf: (id: string) => string,
): RelayState {
  if (relay === undefined) return { state: 'unreachable', why: CLOSED };
  const failing = told.find(({ through }) => through === undefined || through.error !== undefined);
  if (failing) return { state: 'unreachable', why: wordsOf(failing, relay.port, nameOf) };
  const [first] = told;
  if (first) return { state: 'through_agent', why: `no connection to TCP ${relay.port}: ${first.error}` };
  return relay.address === undefined ? { state: 'unreachable', why: CLOSED } : { state: 'direct' };
}

function wordsOf({ from, error, through }: ToldUnreached, port: number, nameOf: (id: string) => string): string {
  if (from !== LOCAL_NODE)
    return `requests that come in on ${nameOf(from)} do not reach it (TCP ${port}): ${error}; only the master's machine can go through its agent`;
  const nor = through?.error === undefined ? '' : `; nor through its agent: ${through.error}`;
  return `requests from other nodes do not reach it (TCP ${port}): ${error}${nor}`;
}

/** Why no service with a domain is placed on a node, a clause; undefined if some may be. */
export function unservedBecause(
  node: Target,
  told: readonly ToldUnreached[],
  nameOf: (id: string) => string,
): string | undefined {
  if (isIngress(node)) return undefined;
  const found = relayStateOf(node, told, nameOf);
  if (found.state !== 'unreachable') return undefined;
  return found.why === CLOSED ? `it is no ingress, and ${CLOSED}` : found.why;
}
