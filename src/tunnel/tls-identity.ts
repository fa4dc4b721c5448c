/** With what one end of the wire shows who it is, and whom it believes. All PEM. */
export interface TlsIdentity {
  readonly key: string;
  /** Its own certificate alone; the port sends the CAs after it. */
  readonly cert: string;
  /** All CAs in force. */
  readonly ca: readonly string[];
}
