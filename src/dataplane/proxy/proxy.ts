import type { Socket } from 'node:net';
import type { CertificateSet } from '../../core/route/certificates.ts';
import type { Sign } from '../../core/route/contention.ts';
import type { TargetHealth, TargetStats } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import type { RevisionTraffic } from '../../core/traffic/traffic.ts';
import { createRequestIds } from '../../telemetry/request-id.ts';
import { accessLine } from './access-log.ts';
import { AddressCount } from './address-count.ts';
import { ClientConnection } from './client-connection.ts';
import { Contention } from './contention.ts';
import type { ProxyContext } from './context.ts';
import { ClientEntry, type Entry } from './entry.ts';
import { HttpChallenges } from './http-challenges.ts';
import { LiveTable } from './live-table.ts';
import { Looks } from './looks.ts';
import type { ProxyLimits, ProxyTimeouts } from './options.ts';
import { type Peer, peerOf, plainAddress } from './peer.ts';
import type { FarNode } from './relay/far-node.ts';
import { FarNodes } from './relay/far-nodes.ts';
import { FarTargets } from './relay/far-targets.ts';
import type { RelayIdentity } from './relay/identity.ts';
import { GREETING } from './relay/protocol.ts';
import type { Reach } from './relay/reach.ts';
import { RelayEntry } from './relay/relay-entry.ts';
import { TargetPool } from './target-pool.ts';
import { Ticker } from './ticker.ts';
import { CertificateBook } from './tls/certificate-book.ts';
import { Handshakes } from './tls/handshakes.ts';
import type { TlsIdentity } from './tls/identity.ts';
import { SecureEntry } from './tls/secure-entry.ts';
import { createTerminator } from './tls/terminator.ts';
import { trustedProxies } from './trusted-proxies.ts';

export interface ProxyOptions {
  readonly limits: ProxyLimits;
  readonly timeouts: ProxyTimeouts;
  /** CIDRs or addresses whose `X-Forwarded-*` is believed; from all others it is replaced. */
  readonly trustedProxies: readonly string[];
  /** Where HTTPS is served: requests in the clear may be sent on there. Undefined: nowhere. */
  readonly httpsPort?: number | undefined;
  /** Called with one JSON object per request, without a newline. */
  readonly accessLog?: ((line: string) => void) | undefined;
  /** Epoch ms; for the access log only. */
  readonly now: () => number;
  /**
   * A target refused, or gave no connection in time: it is out here at once. The prober should look now, and report
   * what it finds by `setHealth` even if that has not changed: the target is back with the next report that it is ready.
   */
  readonly onTargetDown: (task: string, error: string) => void;
  /** What it saw of targets that may not be able to do two things at once: others that keep connections to them should know. */
  readonly onSigns?: ((signs: readonly Sign[]) => void) | undefined;
  /** The data plane of another node cannot be connected to, and how it is otherwise; undefined: it can again. */
  readonly onReach?: ((node: string, reach: Reach | undefined) => void) | undefined;
  /** An exception nobody expected: it ended one connection. Without a listener it becomes a process warning. */
  readonly onBug?: ((error: unknown) => void) | undefined;
}

export interface Proxy {
  /** A `connection` listener of a `net.Server` made with `allowHalfOpen: true, noDelay: true`. */
  handle(socket: Socket): void;
  /** The same of a connection by TLS, whose handshake is still to come. Before `identifyTls` it is closed. */
  handleSecure(socket: Socket): void;
  identifyTls(identity: TlsIdentity): void;
  /** The same of connections from another node's data plane. @param node id of it, by its certificate */
  handleRelayed(socket: Socket, node: string): void;
  /** The data plane of another node, of the newest table. */
  farNode(node: string): FarNode | undefined;
  /** With what requests are sent to other nodes; without it they are not. */
  identify(identity: RelayIdentity): void;
  /**
   * With what TLS is served, and what CAs are answered from the next request on. Returns why a certificate is not served, a
   * sentence each.
   */
  certify(set: CertificateSet): readonly string[];
  /** The table is live for every request that begins after this returns. */
  use(table: Table): void;
  /** From the prober. A target that is not ready takes no new requests. */
  setHealth(targets: readonly TargetHealth[]): void;
  /**
   * No connection to `serial` is kept until the next call, and those to `release` are closed now: somewhere a new connection to
   * them is without an answer.
   */
  contend(serial: readonly string[], release: readonly string[]): void;
  /** Of every target of the table in use, and of those that still have something in flight. */
  stats(): readonly TargetStats[];
  /** What came since the last call, of every revision that anything came to. */
  takeTraffic(): readonly RevisionTraffic[];
  /** Called when a target outside every route has no plain request in flight any more. */
  onIdleTarget(callback: (task: string) => void): void;
  /** Answers with `Connection: close` from now on; resolves when no connection is left. */
  drain(): Promise<void>;
  /** Ends every connection now; WebSocket clients get close 1012. */
  destroy(): void;
  readonly connections: number;
}

/** Throws a TypeError or RangeError when an entry of `trustedProxies` is not an address or CIDR. */
export function createProxy(options: ProxyOptions): Proxy {
  const context = createContext(options);
  const isTrusted = trustedProxies(options.trustedProxies);
  const connections = new Set<ClientConnection>();
  const perAddress = new AddressCount();
  const shaking = new Handshakes(options.limits.handshakesPerAddress);
  const emptied: (() => void)[] = [];
  const terminator = createTerminator({
    book: context.book,
    handshake: options.timeouts.tlsHandshake,
    onSecure(socket, name) {
      shaking.succeeded(socket);
      const peer = peerOf(socket, isTrusted);
      begin(socket, peer, new SecureEntry(context, peer, name), () => {});
    },
  });

  /** @returns its address, which is one connection more; undefined for one that was closed */
  function admit(socket: Socket, mayCome = (_address: string): boolean => true): string | undefined {
    const address = plainAddress(socket.remoteAddress ?? '');
    const { connections: most, connectionsPerAddress } = options.limits;
    const isCrowded = isFull(connectionsPerAddress, perAddress.of(address)) || !mayCome(address);
    if ((isCrowded && !isTrusted(address)) || isFull(most, connections.size + shaking.size)) {
      socket.on('error', () => {});
      socket.destroy();
      return undefined;
    }
    perAddress.add(address);
    return address;
  }

  function handle(socket: Socket): void {
    const address = admit(socket);
    if (address === undefined) return;
    const peer = peerOf(socket, isTrusted);
    begin(socket, peer, new ClientEntry(context, peer), () => perAddress.delete(address));
  }

  function handleSecure(socket: Socket): void {
    const address = admit(socket, (from) => shaking.mayBegin(from));
    if (address === undefined) return;
    const name = shaking.begin(socket, address);
    socket.once('close', () => {
      perAddress.delete(address);
      shaking.end(name);
      settle();
    });
    terminator.take(socket);
  }

  function begin(socket: Socket, peer: Peer, entry: Entry, onClosed: () => void): void {
    const connection = new ClientConnection(socket, context, {
      peer,
      entry,
      onClosed() {
        onClosed();
        forget(connection);
      },
    });
    connections.add(connection);
  }

  /** Others of the cluster are as many connections as they have clients: they have no limit of their own. */
  function handleRelayed(socket: Socket, node: string): void {
    if (!context.table.takesFrom(node)) {
      socket.destroy();
      return;
    }
    socket.write(GREETING);
    begin(socket, peerOf(socket, isTrusted), new RelayEntry(context.table, options.limits, node), () => {});
  }

  function close(): void {
    context.pool.close();
    context.nodes.close();
  }

  function forget(connection: ClientConnection): void {
    connections.delete(connection);
    settle();
  }

  function settle(): void {
    if (isEmpty()) for (const resolve of emptied.splice(0)) resolve();
  }

  const isEmpty = (): boolean => connections.size === 0 && shaking.size === 0;

  return {
    handle,
    handleSecure,
    identifyTls: (identity) => terminator.identify(identity),
    handleRelayed,
    farNode: (node) => context.nodes.of(node),
    identify: (identity) => context.nodes.identify(identity),
    certify(set) {
      context.challenges.use(set.challenges.http01);
      return context.book.use(set);
    },
    use: (table) => context.table.use(table),
    setHealth: (targets) => context.table.setHealth(targets),
    contend(serial, release) {
      context.table.setSerial(new Set(serial));
      context.contention.release(context.table.named(release));
    },
    stats: () => context.table.stats(),
    takeTraffic: () => context.table.takeTraffic(),
    onIdleTarget: (callback) => context.table.onIdleTarget(callback),
    drain() {
      context.draining = true;
      for (const connection of connections) connection.drain();
      return new Promise<void>((resolve) => {
        if (isEmpty()) resolve();
        else emptied.push(resolve);
      }).then(close);
    },
    destroy() {
      close();
      for (const connection of connections) connection.destroy();
      shaking.destroy();
    },
    get connections() {
      return connections.size;
    },
  };
}

function createContext(options: ProxyOptions): ProxyContext {
  const {
    limits,
    timeouts,
    now,
    accessLog,
    onTargetDown,
    onSigns = () => {},
    onReach = () => {},
    onBug = warn,
  } = options;
  const ticker = new Ticker();
  const contention = new Contention({ ticker, tell: onSigns });
  const nodes = new FarNodes({ ticker, keep: (connection) => context.pool.put(connection), onReach, onBug });
  const table = new LiveTable(new FarTargets(nodes, ticker));
  const context: ProxyContext = {
    limits,
    timeouts,
    ticker,
    looks: new Looks(),
    contention,
    table,
    nodes,
    challenges: new HttpChallenges(),
    book: new CertificateBook(),
    httpsPort: options.httpsPort,
    pool: new TargetPool({ table, nodes, ticker, contention, limits, timeouts }),
    requestId: createRequestIds(),
    now,
    log: accessLog && ((record) => accessLog(accessLine(record))),
    targetDown: onTargetDown,
    onBug,
    draining: false,
  };
  return context;
}

const isFull = (limit: number, count: number): boolean => limit > 0 && count >= limit;

const warn = (error: unknown): void => process.emitWarning(error instanceof Error ? error : String(error));
