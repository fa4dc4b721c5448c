import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import type { Sign } from '../../../../src/core/route/contention.ts';
import type { TargetHealth } from '../../../../src/core/route/protocol.ts';
import type { Pool, Route, Table, Target } from '../../../../src/core/route/table.ts';
import {
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  type ProxyLimits,
  type ProxyTimeouts,
} from '../../../../src/dataplane/proxy/options.ts';
import { createProxy, type Proxy as HttpProxy, type ProxyOptions } from '../../../../src/dataplane/proxy/proxy.ts';

export const HOST = 'shop.test';

export interface Origin {
  readonly port: number;
  /** Open connections. */
  readonly sockets: ReadonlySet<Socket>;
  /** Connections ever accepted. */
  accepted: number;
  readonly server: Server;
}

/** A TCP server that does with each connection what it is told. */
export function rawOrigin(t: TestContext, onSocket: (socket: Socket, origin: Origin) => void): Promise<Origin> {
  const server = createServer({ noDelay: true }, (socket) => onSocket(socket, origin));
  const origin = track(server);
  return listening(t, origin);
}

export function httpOrigin(t: TestContext, listener: RequestListener): Promise<Origin> {
  const server = createHttpServer({ keepAliveTimeout: 60_000 }, listener);
  return listening(t, track(server));
}

function track(server: Server): Origin & { port: number } {
  const sockets = new Set<Socket>();
  const origin = { port: 0, sockets, accepted: 0, server };
  server.on('connection', (socket: Socket) => {
    origin.accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  return origin;
}

async function listening(t: TestContext, origin: Origin & { port: number }): Promise<Origin> {
  await new Promise<void>((resolve) => origin.server.listen(0, '127.0.0.1', resolve));
  origin.port = (origin.server.address() as AddressInfo).port;
  t.after(() => {
    origin.server.close();
    for (const socket of origin.sockets) socket.destroy();
  });
  return origin;
}

/** Answers each request of one connection with the same bytes, once its head is there; bodies are not expected. */
export function answering(answer: string): (socket: Socket) => void {
  return (socket) => {
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        received = received.slice(end + 4);
        socket.write(answer, 'latin1');
      }
    });
  };
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export function target(task: string, port: number, change: Partial<Target> = {}): Target {
  const probe = { port, interval: 1000, timeout: 1000, failures: 3 };
  const base = {
    task,
    service: 'shop/web',
    revision: 1,
    address: '127.0.0.1',
    port,
    container: `c-${task}`,
    startedAt: engineTime(1),
  };
  return { ...base, probe, ...change };
}

/** A route with the shares of a pool of its own. */
type RoutedShares = Omit<Route, 'pool'> & Pick<Pool, 'service' | 'shares' | 'split'>;

export function route(tasks: readonly string[], change: Partial<RoutedShares> = {}): RoutedShares {
  const shares = [{ weight: 1, targets: tasks }];
  return { host: HOST, path: '/', stripPrefix: false, service: 'shop/web', shares, ...change };
}

let revisions = 0;

export function table(routed: readonly RoutedShares[], targets: readonly Target[]): Table {
  revisions += 1;
  const pools = routed.map(({ service, shares, split }, i) => ({ name: `${service}#${i}`, service, shares, split }));
  const routes = routed.map(({ host, path, stripPrefix, service }, i) => ({
    host,
    path,
    stripPrefix,
    pool: `${service}#${i}`,
  }));
  return { id: { cluster: 'c', term: 1, revision: revisions }, pools, routes, targets };
}

export const health = (of: Target, ready = true): TargetHealth => ({
  task: of.task,
  container: of.container,
  startedAt: of.startedAt,
  ready,
  wasReady: ready,
  since: planeTime(1),
  passes: 2,
  misses: 0,
});

export interface Rig {
  readonly proxy: HttpProxy;
  readonly port: number;
  readonly log: Record<string, unknown>[];
  readonly downs: string[];
  /** The proxy's ends of its clients' connections. */
  readonly clients: ReadonlySet<Socket>;
}

interface RigOptions {
  readonly limits?: Partial<ProxyLimits>;
  readonly timeouts?: Partial<ProxyTimeouts>;
  readonly trustedProxies?: readonly string[];
  readonly onBug?: (error: unknown) => void;
  readonly onLine?: (line: string) => void;
  readonly onSigns?: (signs: readonly Sign[]) => void;
  readonly onReach?: ProxyOptions['onReach'];
}

/** A proxy that listens on loopback. */
export async function startProxy(t: TestContext, options: RigOptions = {}): Promise<Rig> {
  const log: Record<string, unknown>[] = [];
  const downs: string[] = [];
  const proxy = createProxy({
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    trustedProxies: options.trustedProxies ?? [],
    accessLog: (line) => {
      log.push(JSON.parse(line));
      options.onLine?.(line);
    },
    onBug: options.onBug,
    onSigns: options.onSigns,
    onReach: options.onReach,
    now: Date.now,
    onTargetDown: (task) => downs.push(task),
  });
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    proxy.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    proxy.destroy();
  });
  return { proxy, port: (server.address() as AddressInfo).port, log, downs, clients };
}

/** A proxy with one route to these origins, all ready: tasks `t1`, `t2` ... */
export async function startRig(
  t: TestContext,
  origins: readonly { port: number }[],
  options: RigOptions = {},
): Promise<Rig> {
  const rig = await startProxy(t, options);
  const targets = origins.map((origin, at) => target(`t${at + 1}`, origin.port));
  rig.proxy.use(table([route(targets.map((one) => one.task))], targets));
  rig.proxy.setHealth(targets.map((one) => health(one)));
  return rig;
}

/** A client that says exactly what it is told. */
export class RawClient {
  readonly socket: Socket;
  received = '';
  ended = false;
  closed = false;
  error: Error | undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
    });
    this.socket.on('end', () => {
      this.ended = true;
      this.socket.end();
    });
    this.socket.on('error', (error) => {
      this.error = error;
    });
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  until(condition: (received: string) => boolean, what = 'the expected bytes'): Promise<void> {
    return eventually(
      () => condition(this.received),
      () => `${what}; got ${JSON.stringify(this.received.slice(-400))}`,
    );
  }

  async end(): Promise<string> {
    await eventually(
      () => this.closed,
      () => `the end; got ${JSON.stringify(this.received.slice(-400))}`,
    );
    return this.received;
  }
}

/** Sends bytes on a connection of their own, and gives all that came back until it was closed. */
export async function exchange(t: TestContext, port: number, bytes: string | Buffer): Promise<string> {
  return open(t, port).send(bytes).end();
}

export function open(t: TestContext, port: number): RawClient {
  const client = new RawClient(port);
  t.after(() => client.socket.destroy());
  return client;
}

export const get = (path = '/', lines = ''): string => `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${lines}\r\n`;
export const getOnce = (path = '/', lines = ''): string => get(path, `Connection: close\r\n${lines}`);
export const post = (body: string, lines = '', path = '/'): string =>
  `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${body.length}\r\n${lines}\r\n${body}`;

export async function eventually(
  condition: () => boolean,
  what: () => string = () => 'a condition',
  ms = 60_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const statusOf = (answer: string): number => Number(answer.slice(9, 12));
export const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);
