import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { socketPath } from '../core/route/local-socket.ts';
import type { TunnelLog } from './tunnel-log.ts';

/**
 * For the data plane of this machine, ways to those of nodes that it cannot connect to: a local socket for each, behind which are that
 * node's relay port and no more. What goes through is TLS between the two data planes; who else of this machine connects is a
 * stranger to the other one, as on the network.
 */
export interface Doors {
  /** Of the socket, the same as long as this process runs; it begins with `@`: an abstract one (unix(7)), which needs no path. */
  name(node: string): string;
  /** Why the last one that went in did not get through, as a sentence; undefined since one did. */
  problem(node: string): string | undefined;
  /** The same again changes nothing. */
  open(node: string): void;
  /** What goes through ends. */
  shut(node: string): void;
  close(): void;
}

interface Options {
  /** To where the node takes requests of other nodes. Fails by its `error`. */
  readonly connect: (node: string) => Duplex;
  readonly log: TunnelLog;
  /** Streams to one node at once; further ones are refused. */
  readonly most?: number | undefined;
}

/** Each may hold a window full in memory, here and there. */
const MOST = 512;

interface Door {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  problem?: string | undefined;
}

export function createDoors({ connect, log, most = MOST }: Options): Doors {
  const doors = new Map<string, Door>();
  const prefix = `@orca-${randomBytes(8).toString('hex')}`;
  const name = (node: string): string => `${prefix}-${node}`;

  const enter = (door: Door, node: string, socket: Socket): void => {
    socket.on('error', () => undefined);
    if (door.sockets.size >= most) {
      door.problem = `${most} requests are on their way through its agent`;
      socket.destroy();
      return;
    }
    door.sockets.add(socket);
    socket.once('close', () => door.sockets.delete(socket));
    const stream = connect(node);
    stream.once('data', () => {
      door.problem = undefined;
    });
    stream.once('error', (error: Error) => {
      door.problem = error.message;
    });
    join(socket, stream);
  };

  const shut = (node: string): void => {
    const door = doors.get(node);
    doors.delete(node);
    door?.server.close();
    for (const socket of door?.sockets ?? []) socket.destroy();
  };

  return {
    name,
    problem: (node) => doors.get(node)?.problem,
    open(node) {
      if (doors.has(node)) return;
      const server = createServer({ allowHalfOpen: true }, (socket) => enter(door, node, socket));
      const door: Door = { server, sockets: new Set() };
      doors.set(node, door);
      server.on('error', (err) => {
        door.problem = err.message;
        log.warn({ err, node }, 'requests cannot be passed on through the agent of a node');
      });
      server.listen(socketPath(name(node)));
    },
    shut,
    close() {
      for (const node of [...doors.keys()]) shut(node);
    },
  };
}

/** What ends on one side ends on the other, and what breaks there breaks here. Nothing is read that the other side does not take. */
function join(socket: Socket, stream: Duplex): void {
  socket.pipe(stream);
  stream.pipe(socket);
  stream.once('error', () => socket.destroy());
  stream.once('close', () => socket.destroySoon());
  socket.once('close', () => stream.destroy());
}
