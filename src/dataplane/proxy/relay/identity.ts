/** Where requests of other nodes' data planes are taken. */
export interface RelayAddress {
  readonly host: string;
  readonly port: number;
}

/** With what a data plane shows others of its cluster who it is, and whom it believes. All PEM. */
export interface RelayIdentity {
  readonly key: string;
  /** For `NODE.relay.orca.internal`. */
  readonly certificate: string;
  /** Those in force. */
  readonly ca: readonly string[];
}
