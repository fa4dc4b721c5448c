import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JoinReply, JoinRequest } from '../../src/core/nodes/wire.ts';
import { createDialer } from '../../src/tunnel/dialer.ts';
import type { Dialer, DialerOptions } from '../../src/tunnel/dialer-options.ts';
import { createNodePort } from '../../src/tunnel/node-port.ts';
import type { NodePort, NodePortOptions } from '../../src/tunnel/node-port-options.ts';
import type { TlsIdentity } from '../../src/tunnel/tls-identity.ts';
import type { Wire } from '../../src/tunnel/wire.ts';
import { type Authority, createAuthority, nodeId } from './certificates.ts';
import { until } from './until.ts';

export const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export interface Port {
  readonly port: NodePort;
  /** The one that it listens on. */
  readonly number: number;
  /** Lines as they came: `up ID`, `down ID: WHY`. */
  readonly told: string[];
}

export const CLUSTER = 'c1';

/** A node port on loopback; whoever has a certificate is let in. */
export async function openPort(
  identity: TlsIdentity | (() => TlsIdentity),
  changes: Partial<NodePortOptions> = {},
  number = 0,
): Promise<Port> {
  const told: string[] = [];
  const port = createNodePort({
    tls: typeof identity === 'function' ? identity : () => identity,
    cluster: CLUSTER,
    term: () => 1,
    version: '1.0.0',
    onJoin: async (): Promise<JoinReply> => ({ type: 'refused', code: 'secret', message: 'no' }),
    admit: () => undefined,
    onUp: (wire) => void told.push(`up ${wire.id}`),
    onDown: (id, why) => void told.push(`down ${id}: ${why}`),
    log: quiet,
    ...changes,
  });
  return { port, number: await port.listen({ host: '127.0.0.1', port: number }), told };
}

export interface Target {
  readonly path: string;
  close(): void;
}

/** A Unix socket that does as `serve` says with each connection. */
export async function openTarget(serve: (socket: Socket) => void): Promise<Target> {
  const dir = mkdtempSync(join(tmpdir(), 'orca-target-'));
  const path = join(dir, 'sock');
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface Node {
  readonly dialer: Dialer;
  /** What `onChange` told, the last one last. */
  readonly problems: string[];
  /** The highest term that it has remembered. */
  readonly term: { seen: number };
}

/** A node's end that dials a port of this machine. */
export function startNode(
  id: string,
  identity: TlsIdentity | (() => TlsIdentity),
  port: number,
  changes: Partial<DialerOptions> = {},
): Node {
  const problems: string[] = [];
  const term = { seen: 0 };
  const dialer = createDialer({
    master: () => ({ host: '127.0.0.1', port }),
    tls: typeof identity === 'function' ? identity : () => identity,
    cluster: CLUSTER,
    targets: {},
    answer: answers(id),
    terms: {
      highest: () => term.seen,
      remember: async (next) => {
        term.seen = next;
      },
    },
    onChange: ({ problem }) => problem !== undefined && problems.push(problem),
    log: quiet,
    ...changes,
  });
  return { dialer, problems, term };
}

export const answers = (id: string): DialerOptions['answer'] => ({
  hello: () => ({ id, version: '1.0.0' }),
  status: async () => ({
    now: 1,
    version: '1.0.0',
    address: '192.0.2.1',
    memory: { total: 2, free: 1 },
    cpus: 2,
    load: 0.5,
    checked: false,
  }),
  checked: async () => undefined,
  certificateRequest: async () => ({ csr: 'a request' }),
  certificate: async () => undefined,
  edge: async () => ({ problems: [] }),
  subnets: async () => ({ subnets: ['192.0.2.0/24'] }),
  signal: async () => undefined,
  keepLog: async () => undefined,
  async *readLog() {},
  listLogs: async () => [],
  removeLog: async () => undefined,
});

export interface Pair extends Port, Node {
  readonly authority: Authority;
  readonly id: string;
  readonly wire: Wire;
  close(): Promise<void>;
}

/** A port and a node, connected. */
export async function connectPair(
  changes: {
    readonly port?: Partial<NodePortOptions>;
    readonly node?: Partial<DialerOptions>;
    readonly answer?: Partial<DialerOptions['answer']>;
  } = {},
): Promise<Pair> {
  const authority = createAuthority();
  const id = nodeId();
  const port = await openPort(authority.master(), changes.port);
  const answer = { ...answers(id), ...changes.answer };
  const node = startNode(id, authority.node(id), port.number, { answer, ...changes.node });
  const wire = port.port.wire(id);
  await until('the node to connect', () => wire.isUp());
  return {
    ...port,
    ...node,
    authority,
    id,
    wire,
    close: async () => {
      await node.dialer.close();
      await port.port.close();
    },
  };
}

/** One that joins, but for its CSR. */
export const request = (changes: Partial<JoinRequest> = {}): Omit<JoinRequest, 'protocol' | 'secret'> => ({
  name: 'w1',
  id: nodeId(),
  csr: 'none',
  replace: false,
  now: 1,
  version: '1.0.0',
  ...changes,
});
