import type { Socket } from 'node:net';
import type { Sign } from '../../core/route/contention.ts';
import type { TargetHealth, TargetStats } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import type { RevisionTraffic } from '../../core/traffic/traffic.ts';
import { createRequestIds } from '../../telemetry/request-id.ts';
import { accessLine } from './access-log.ts';
import { ClientConnection } from './client-connection.ts';
import { Contention } from './contention.ts';
import type { ProxyContext } from './context.ts';
import { LiveTable } from './live-table.ts';
import { Looks } from './looks.ts';
import type { ProxyLimits, ProxyTimeouts } from './options.ts';
import { plainAddress } from './peer.ts';
import { TargetPool } from './target-pool.ts';
import { Ticker } from './ticker.ts';
import { trustedProxies } from './trusted-proxies.ts';

export interface ProxyOptions {
  readonly limits: ProxyLimits;
  readonly timeouts: ProxyTimeouts;
  /** CIDRs or addresses whose `X-Forwarded-*` is believed; from all others it is replaced. */
  readonly trustedProxies: readonly string[];
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
  /** An exception nobody expected: it ended one connection. Without a listener it becomes a process warning. */
  readonly onBug?: ((error: unknown) => void) | undefined;
}

export interface Proxy {
  /** A `connection` listener of a `net.Server` made with `allowHalfOpen: true, noDelay: true`. */
  handle(socket: Socket): void;
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
  const perAddress = new Map<string, number>();
  const emptied: (() => void)[] = [];

  function handle(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    const ofAddress = perAddress.get(address) ?? 0;
    const crowded = isFull(options.limits.connectionsPerAddress, ofAddress) && !isTrusted(address);
    if (crowded || isFull(options.limits.connections, connections.size)) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    perAddress.set(address, ofAddress + 1);
    const connection = new ClientConnection(socket, context, isTrusted, () => forget(connection, address));
    connections.add(connection);
  }

  function forget(connection: ClientConnection, address: string): void {
    connections.delete(connection);
    const left = (perAddress.get(address) ?? 1) - 1;
    if (left === 0) perAddress.delete(address);
    else perAddress.set(address, left);
    if (connections.size === 0) for (const resolve of emptied.splice(0)) resolve();
  }

  return {
    handle,
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
        if (connections.size === 0) resolve();
        else emptied.push(resolve);
      }).then(() => context.pool.close());
    },
    destroy() {
      context.pool.close();
      for (const connection of connections) connection.destroy();
    },
    get connections() {
      return connections.size;
    },
  };
}

function createContext(options: ProxyOptions): ProxyContext {
  const { limits, timeouts, now, accessLog, onTargetDown, onSigns = () => {}, onBug = warn } = options;
  const ticker = new Ticker();
  const contention = new Contention({ ticker, tell: onSigns });
  const table = new LiveTable();
  return {
    limits,
    timeouts,
    ticker,
    looks: new Looks(),
    contention,
    table,
    pool: new TargetPool({ table, ticker, contention, limits, timeouts }),
    requestId: createRequestIds(),
    now,
    log: accessLog && ((record) => accessLog(accessLine(record))),
    targetDown: (target, error) => onTargetDown(target.target.task, error),
    onBug,
    draining: false,
  };
}

const isFull = (limit: number, count: number): boolean => limit > 0 && count >= limit;

const warn = (error: unknown): void => process.emitWarning(error instanceof Error ? error : String(error));
