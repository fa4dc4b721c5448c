import type { JoinReply, JoinRequest } from '../core/nodes/wire.ts';
import type { TlsIdentity } from './tls-identity.ts';
import type { TunnelLog } from './tunnel-log.ts';
import type { Wire } from './wire.ts';

/** What `createNodePort` is given. */
export interface NodePortOptions {
  /** Asked for each connection: what it gives may change at any time, and connections that are open stay. */
  readonly tls: () => TlsIdentity;
  /** Id of the cluster. */
  readonly cluster: string;
  /** The master's; nodes serve the highest that they have seen. */
  readonly term: () => number;
  /** The master's version. */
  readonly version: string;
  /** As people know the node, for messages. The id unless known. */
  readonly nameOf?: ((id: string) => string | undefined) | undefined;
  /** A request of the right shape, not more. @param remote the address it came from, without the port */
  readonly onJoin: (request: JoinRequest, remote: string) => Promise<JoinReply>;
  /**
   * Asked after the certificate has been verified, and before anything is said. Gives why this node is not let in, as a sentence
   * that the node logs, or undefined.
   *
   * @param id the certificate's CN
   * @param key SHA-256 of its public key (SPKI, DER), hex
   */
  readonly admit: (id: string, key: string) => string | undefined;
  /** The node's connections are there, those without which it is not up. It comes again after each `onDown`. */
  readonly onUp: (wire: Wire) => void;
  /** One of them is lost. @param why a clause, as "the node ended the connection" */
  readonly onDown: (id: string, why: string) => void;
  readonly log: TunnelLog;
}

/** The master's end: where nodes dial in. */
export interface NodePort {
  /** Rejects with `unavailable` if the address cannot be listened on. Gives the port, which is chosen where 0 was asked for. */
  listen(address: { host?: string | undefined; port: number }): Promise<number>;
  /** The way to a node, whether it is there or not. */
  wire(id: string): Wire;
  /** The node was removed: its connections end, and it is told why. */
  cut(id: string, why: string): void;
  /** Ends all connections and listens no more. */
  close(): Promise<void>;
}
