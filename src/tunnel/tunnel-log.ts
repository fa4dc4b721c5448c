type Method = (fields: object, message: string) => void;

/** Where the tunnel writes what it does; orca's logger is one. */
export interface TunnelLog {
  readonly debug: Method;
  readonly info: Method;
  readonly warn: Method;
}
