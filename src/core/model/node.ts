/** A machine with a Docker engine: the master's own, or one that joined. */
export interface Node {
  /** Never changes, and no other node gets it: tasks name their node by it. `local` is the master's own machine. */
  readonly id: string;
  /** As people know it; unique, and may change. */
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Of one that joined. */
  readonly joined?: NodeIdentity | undefined;
  /** The edge network on it: orca owns the subnet and gives every task a fixed address in it. */
  readonly edge?: { readonly network: string; readonly subnet: string; readonly gateway: string } | undefined;
  /** Networks of projects on it, by key (`networksOf` in core/names): each has a subnet of orca's, too. */
  readonly networks?: Readonly<Record<string, NodeNetwork>> | undefined;
  /** An IP address at which other nodes reach it, as somebody has said; otherwise it is the one that it has towards the master. */
  readonly address?: string | undefined;
  /** Where its data plane takes requests of other nodes', as last told. */
  readonly relay?: NodeRelay | undefined;
  /** Requests come in there; unless it says so, at the master's own machine alone. */
  readonly ingress?: boolean | undefined;
  readonly availability: 'active' | 'draining' | 'drained' | 'maintenance';
}

/** By what a node that joined is known to be itself. */
export interface NodeIdentity {
  /** Epoch ms. */
  readonly at: number;
  /** Where it came from when it joined; told, never relied on. */
  readonly address: string;
  /**
   * Those it may show, at least one. The first is the one it showed last; the others were given to it since, and which of them it
   * has kept is known once it shows one. Whatever comes before that one is none any more.
   */
  readonly certificates: readonly NodeCertificate[];
}

export interface NodeCertificate {
  /** SHA-256 of its public key (SPKI, DER), hex. */
  readonly key: string;
  /** The CAs that the node was given with it, the one that signed it first: SHA-256 of their certificates (DER), hex. */
  readonly authorities: readonly string[];
  /** Epoch ms of the master's clock: it signed it. */
  readonly from: number;
  readonly until: number;
}

export interface NodeRelay {
  readonly port: number;
  /** Of a node that joined: `Node.address`, or the one that it has towards the master. */
  readonly address?: string | undefined;
  /** Of a node that joined: at which the master's machine is reached from there. */
  readonly master?: string | undefined;
}

export interface NodeNetwork {
  /** As Docker knows it. */
  readonly network: string;
  readonly subnet: string;
}

/** Id of the master's own machine, and its name until it is renamed. */
export const LOCAL_NODE = 'local';

/** Whether its data plane takes requests from outside. On the master's machine the settings of the server say where. */
export const isIngress = ({ id, ingress = id === LOCAL_NODE }: Pick<Node, 'id' | 'ingress'>): boolean => ingress;
