import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, type TestContext } from 'node:test';
import type { NamedService, NamedTask, Names } from '../../../../src/core/names/names.ts';
import { carriedAt } from '../../../../src/core/names/service-addresses.ts';
import type { PeerPlane } from '../../../../src/core/route/table.ts';
import { type Carrier, createCarrier } from '../../../../src/dataplane/carrier/carrier.ts';
import { CARRY_ALPN } from '../../../../src/dataplane/carrier/protocol.ts';
import { FarNodes } from '../../../../src/dataplane/proxy/relay/far-nodes.ts';
import type { RelayIdentity } from '../../../../src/dataplane/proxy/relay/identity.ts';
import { createRelayListener } from '../../../../src/dataplane/proxy/relay/listener.ts';
import { GREETING } from '../../../../src/dataplane/proxy/relay/protocol.ts';
import { Ticker } from '../../../../src/dataplane/proxy/ticker.ts';

/** Loopback addresses stand for those of services and of tasks: no test file has those of another one. */
const net = `127.${1 + (process.pid % 250)}.${1 + (Math.floor(process.pid / 250) % 250)}`;
/** Of `shop/db`: one machine has all of the nodes, so each has its own. */
export const addressOn = (node: string): string => `${net}.${9 + node.charCodeAt(0) - 97}`;
export const ASKER = { shop: `${net}.21`, billing: `${net}.22`, spy: `${net}.23` };

export interface Node {
  readonly node: string;
  readonly carrier: Carrier;
  readonly peer: PeerPlane;
  readonly problems: (string | undefined)[];
  /** With its peers. */
  use(names: Names, peers: readonly PeerPlane[]): Promise<void>;
  /** Takes no more connections of others, and cuts those that are there. */
  die(): void;
}

/** One worker's part of a node: its carrier, and the port where others carry connections to. */
export async function startNode(
  t: TestContext,
  node: string,
  identity: RelayIdentity,
  patience?: number,
): Promise<Node> {
  const nodes = new FarNodes({
    ticker: new Ticker(),
    keep: (connection) => connection.destroy(),
    onReach: () => {},
    onBug: () => {},
  });
  nodes.identify(identity);
  const problems: (string | undefined)[] = [];
  const onProblem = (problem: string | undefined) => void problems.push(problem);
  const carrier = createCarrier({ nodes: (id) => nodes.of(id), onProblem, patience });
  const sockets = new Set<Socket>();
  const { server } = createRelayListener(identity, {
    further: [CARRY_ALPN],
    onNode(socket, other) {
      sockets.add(socket);
      if (socket.alpnProtocol === CARRY_ALPN) carrier.take(socket, other);
      else socket.write(GREETING); // It is looked for by a connection for requests.
    },
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const die = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    die();
    carrier.destroy();
    nodes.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    node,
    carrier,
    problems,
    die,
    peer: { node, address: '127.0.0.1', port },
    async use(names, peers) {
      nodes.use(peers);
      const services = names.services.map((one) => ({
        ...one,
        far: one.far && { ...one.far, address: addressOn(node) },
      }));
      await carrier.use({ names: { ...names, services }, peers });
    },
  };
}

export interface TaskServer extends NamedTask {
  readonly edge: string;
  readonly port: number;
  readonly sockets: readonly Socket[];
}

let tasks = 0;

/** What runs in a container. @param port the one that another task of the service has */
export async function startTask(t: TestContext, onSocket: (socket: Socket) => void, port = 0): Promise<TaskServer> {
  const sockets: Socket[] = [];
  tasks += 1;
  const edge = `${net}.${100 + tasks}`;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  await once(server.listen(port, edge), 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const own = (server.address() as AddressInfo).port;
  return { task: `task-${tasks}`, probed: false, edge, addresses: {}, port: own, sockets };
}

/** What a container's program does: it connects to a service by its address. */
export function dial(port: number, asker = ASKER.shop, host = addressOn('a')): Socket {
  const socket = connect({ host, port: carriedAt(port), localAddress: asker, allowHalfOpen: true });
  socket.on('error', () => {});
  dialed.push(socket);
  return socket;
}

const dialed: Socket[] = [];
after(() => {
  for (const socket of dialed) socket.destroy();
});

/** All that comes, and whether it ended or was cut. */
export async function read(socket: Socket): Promise<{ readonly said: string; readonly ended: boolean }> {
  let [said, ended] = ['', false];
  socket.on('data', (bytes) => {
    said += String(bytes);
  });
  socket.once('end', () => {
    ended = true;
    socket.end();
  });
  if (!socket.destroyed) await once(socket, 'close').catch(() => {});
  return { said, ended };
}

/** `shop/db`, as one node is told of it. */
export function names(port: number, service: Partial<NamedService> & { readonly others?: readonly string[] }): Names {
  const { others = [], ...more } = service;
  return {
    subnet: `${net}.0/24`,
    projects: Object.entries(ASKER).map(([project, address]) => ({ project, askers: [address] })),
    services: [
      {
        project: 'shop',
        name: 'db',
        to: ['billing'],
        tasks: [],
        far: { address: '', ports: [port], others: others.map((node) => ({ node, tasks: 1 })) },
        ...more,
      },
    ],
  };
}
