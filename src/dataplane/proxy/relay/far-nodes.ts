import { createSecureContext, type SecureContext } from 'node:tls';
import type { PeerPlane } from '../../../core/route/table.ts';
import { FarNode, type FarNodeOptions } from './far-node.ts';
import type { RelayIdentity } from './identity.ts';

/** The data planes of other nodes in the newest table. */
export class FarNodes {
  readonly #options: Omit<FarNodeOptions, 'context'>;
  #nodes: ReadonlyMap<string, FarNode> = new Map();
  #context: SecureContext | undefined;

  constructor(options: Omit<FarNodeOptions, 'context'>) {
    this.#options = options;
  }

  /** New connections are made with it; those that are there go on. */
  identify({ key, certificate, ca }: RelayIdentity): void {
    this.#context = createSecureContext({ key, cert: certificate, ca: [...ca], minVersion: 'TLSv1.3' });
  }

  use(peers: readonly PeerPlane[] = []): void {
    const before = this.#nodes;
    this.#nodes = new Map(peers.map((peer) => [peer.node, before.get(peer.node) ?? this.#make(peer)]));
    for (const peer of peers) this.#nodes.get(peer.node)?.use(peer);
    for (const [node, known] of before) if (!this.#nodes.has(node)) known.retire();
  }

  /** Nothing is looked for any more. */
  close(): void {
    this.use([]);
  }

  of(node: string): FarNode | undefined {
    return this.#nodes.get(node);
  }

  all(): Iterable<FarNode> {
    return this.#nodes.values();
  }

  #make(peer: PeerPlane): FarNode {
    return new FarNode(peer, { ...this.#options, context: () => this.#context });
  }
}
