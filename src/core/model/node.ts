/** A machine with a Docker engine. One machine: the node `local`, found over the local socket. */
export interface Node {
  readonly name: string;
  /** The edge network on it: orca owns the subnet and gives every task a fixed address in it. */
  readonly edge?: { readonly network: string; readonly subnet: string; readonly gateway: string } | undefined;
  readonly availability: 'active' | 'draining' | 'drained' | 'maintenance';
}

export const LOCAL_NODE = 'local';
