/** Ways for the data plane of the master's machine to those of nodes that it cannot connect to, through their agents. */
export interface Doors {
  /** The local socket behind which the data plane of a node is; see `socketPath`. */
  name(node: string): string;
  /** Why the last one that went in did not get through, as a sentence; undefined since one did. */
  problem(node: string): string | undefined;
}
