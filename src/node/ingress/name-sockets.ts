import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { OrcaError } from '../../core/errors.ts';
import { holderOf } from '../port-holder.ts';

const PORT = 53;
const BACKLOG = 512;

/** Sockets of a name server, bound by who may, to be handed to a process that may not. */
export interface NameSockets {
  readonly udp: number;
  readonly tcp: number;
  /** This process's own ends: they live on where they were handed to. */
  close(): void;
}

/**
 * Binds port 53 of an address, UDP and TCP. Nothing is read from either: in the turn in which they are handed on they are to
 * be closed here.
 *
 * @throws OrcaError `conflict` when the port is taken, naming its holder; `forbidden` when it may not be used; `unavailable`
 *   when the machine does not have the address
 */
export async function openNameSockets(address: string): Promise<NameSockets> {
  const udp = createSocket('udp4');
  const tcp = createServer();
  const close = () => {
    udp.close();
    tcp.close();
  };
  try {
    await bind(udp, address);
    await listen(tcp, address);
    return { udp: handleOf(udp).fd, tcp: descriptorOf(tcp), close };
  } catch (error) {
    close();
    throw explained(error as NodeJS.ErrnoException, address);
  }
}

const bind = (socket: Socket, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port: PORT, exclusive: true }, () => {
      handleOf(socket).recvStop(); // What was read here would be lost.
      resolve();
    });
  });

const listen = (server: Server, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: PORT, backlog: BACKLOG }, resolve);
  });

interface Handle {
  readonly fd: number;
  recvStop(): void;
}

/** Node tells the number of a socket nowhere else. */
const descriptorOf = (server: Server): number => (server as unknown as { _handle: Handle })._handle.fd;

function handleOf(socket: Socket): Handle {
  const [state] = Object.getOwnPropertySymbols(socket).filter(({ description }) => description === 'state symbol');
  return (socket as unknown as Record<symbol, { handle: Handle }>)[state as symbol]?.handle as Handle;
}

function explained(error: NodeJS.ErrnoException, address: string): unknown {
  const place = `port ${PORT} of ${address}`;
  switch (error.code) {
    case 'EADDRINUSE': {
      const holder = holderOf(PORT, 'udp') ?? holderOf(PORT) ?? 'another process';
      return new OrcaError('conflict', `${place} is in use by ${holder}`, { cause: error });
    }
    case 'EACCES':
      return new OrcaError('forbidden', `this user may not listen on ${place}`, { cause: error });
    case 'EADDRNOTAVAIL':
      return new OrcaError('unavailable', `this machine does not have the address ${address}`, { cause: error });
    default:
      return error;
  }
}
