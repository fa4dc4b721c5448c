export interface ProxyLimits {
  /** Of a request's or answer's head, bytes; more is 431 (or 502). */
  readonly headBytes: number;
  /** Of the request target (path and query), bytes; more is 414. */
  readonly targetBytes: number;
  /** Header lines of one head; more is 431 (or 502). */
  readonly headerCount: number;
  /** Of a request's body, bytes, 0: none; more is 413. */
  readonly bodyBytes: number;
  /** Client connections of this worker, 0: none; further ones are closed at once. */
  readonly connections: number;
  /** Client connections of one address, 0: none; further ones are closed at once. Trusted proxies have no such limit. */
  readonly connectionsPerAddress: number;
  /** The same while their TLS handshakes are under way. */
  readonly handshakesPerAddress: number;
  /** Kept connections to one target that are not in use. */
  readonly idlePerTarget: number;
}

/** All in milliseconds. Kept by a coarse clock: an end comes up to 0.1 s early, or 0.2 s late. */
export interface ProxyTimeouts {
  /** From a connection's start, or a head's first byte, to the head's end; then 408. */
  readonly head: number;
  /** From a connection's start to the end of its TLS handshake; then it is closed. */
  readonly tlsHandshake: number;
  /** A client's kept connection without a request. */
  readonly keepAlive: number;
  /** The same while draining. */
  readonly drainIdle: number;
  /** No byte of a request's body from the client (408), or none taken by the target (504). */
  readonly uploadIdle: number;
  /** No byte of an answer taken by the client. */
  readonly downloadIdle: number;
  /** From the end of the request to the head of its answer; then 504. */
  readonly responseWait: number;
  /** Between two parts of an answer's body; then the answer is cut. Event streams have no such end. */
  readonly responseIdle: number;
  /** To connect to the last target left; then 504. */
  readonly connect: number;
  /** To connect to a target while another one serves; then it is that one's turn. */
  readonly failover: number;
  /** How long a connection to a target is kept unused. Below the 5 s after which Node's own server closes. */
  readonly targetIdle: number;
  /** The same of one to another node's data plane. Below the time that those keep connections of clients. */
  readonly relayIdle: number;
  /** Age of a kept connection below which it may carry a request that cannot be repeated. */
  readonly freshIdle: number;
  /** The same, from which on it may: a server that closes a connection behind its answer, and did not say so, has done it by then. */
  readonly settled: number;
  readonly wsConnect: number;
  /** From the upgrade request to the answer to it. */
  readonly wsHandshake: number;
  /** How long an answered client may go on sending what nobody reads, before it is cut. */
  readonly linger: number;
}

export const DEFAULT_LIMITS: ProxyLimits = {
  headBytes: 64 * 1024,
  targetBytes: 16 * 1024,
  headerCount: 200,
  bodyBytes: 0,
  connections: 20_000,
  connectionsPerAddress: 5_000,
  handshakesPerAddress: 500,
  idlePerTarget: 128,
};

export const DEFAULT_TIMEOUTS: ProxyTimeouts = {
  head: 10_000,
  tlsHandshake: 10_000,
  keepAlive: 75_000,
  drainIdle: 5_000,
  uploadIdle: 120_000,
  downloadIdle: 120_000,
  responseWait: 600_000,
  responseIdle: 120_000,
  connect: 10_000,
  failover: 1_000,
  targetIdle: 4_000,
  relayIdle: 60_000,
  freshIdle: 1_000,
  settled: 0.5,
  wsConnect: 5_000,
  wsHandshake: 10_000,
  linger: 2_000,
};
