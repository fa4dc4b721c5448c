/** A machine with a Docker engine. One machine: the node `local`, found over the local socket. */
export interface Node {
  readonly name: string;
  /** The edge network on it: orca owns the subnet and gives every task a fixed address in it. */
  readonly edge?: { readonly network: string; readonly subnet: string; readonly gateway: string } | undefined;
  /** Networks of projects on it, by key (`networksOf` in core/names): each has a subnet of orca's, too. */
  readonly networks?: Readonly<Record<string, NodeNetwork>> | undefined;
  readonly availability: 'active' | 'draining' | 'drained' | 'maintenance';
}

export interface NodeNetwork {
  /** As Docker knows it. */
  readonly network: string;
  readonly subnet: string;
}

export const LOCAL_NODE = 'local';
