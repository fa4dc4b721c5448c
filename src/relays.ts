import { ownAddressTowards } from './agent/own-address.ts';
import type { Cluster } from './controllers/cluster.ts';
import { createCommit } from './controllers/commit.ts';
import type { JoinedNodes } from './controllers/joined/joined.ts';
import { createRelays, type Relays, type RelaysOptions } from './controllers/relay/relays.ts';
import { NODE_PORT } from './core/nodes/wire.ts';

interface MasterParts extends Pick<RelaysOptions, 'state' | 'links' | 'vault' | 'wall' | 'clock' | 'log'> {
  readonly cluster: Cluster;
  readonly joined: Pick<JoinedNodes, 'sight'>;
}

/** Requests from node to node, as the master of them provides for them. */
export const relaysOf = ({ cluster, joined, ...parts }: MasterParts): Relays =>
  createRelays({
    ...parts,
    commit: createCommit(parts.state, cluster.term),
    addressOf: (node) => joined.sight(node).status?.address,
    ownAddressTowards: (address) => ownAddressTowards(address, NODE_PORT),
  });
