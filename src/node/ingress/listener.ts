import { createServer, type Server } from 'node:net';
import { OrcaError } from '../../core/errors.ts';
import { holderOf } from '../port-holder.ts';

export interface ListenAddress {
  /** An IP address or a name, without brackets; `::` takes IPv4 too. */
  readonly host: string;
  readonly port: number;
}

const BACKLOG = 4096;

/**
 * Listens, lets `hand` pass the descriptor on (as an entry of spawn's `stdio`), and closes this process's own end in the same
 * turn of the loop: it accepts nothing, and the socket lives on in the child.
 * @throws OrcaError `conflict` when the port is taken, naming its holder; `forbidden` when it may not be used; `unavailable` else
 */
export async function handListener<T>(address: ListenAddress, hand: (fd: number) => T): Promise<T> {
  try {
    return await listenAndHand(address, hand);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const noIpv6 = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
    if (noIpv6 && address.host === '::') return handListener({ ...address, host: '0.0.0.0' }, hand);
    throw error instanceof OrcaError ? error : explained(error as NodeJS.ErrnoException, address);
  }
}

function listenAndHand<T>({ host, port }: ListenAddress, hand: (fd: number) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      try {
        resolve(hand(descriptorOf(server)));
      } catch (error) {
        reject(error);
      } finally {
        server.close();
      }
    });
  });
}

/** Node tells the number of a listening socket nowhere else. */
const descriptorOf = (server: Server): number => (server as unknown as { _handle: { fd: number } })._handle.fd;

function explained(error: NodeJS.ErrnoException, { host, port }: ListenAddress): unknown {
  const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new OrcaError('conflict', `${place} is in use by ${holderOf(port) ?? 'another process'}`, {
        cause: error,
        hint: 'stop it, or choose another address with --http',
      });
    case 'EACCES':
      return new OrcaError('forbidden', `this user may not listen on ${place}`, {
        cause: error,
        hint: 'without root choose a port from 1024 on, with --http',
      });
    case 'EADDRNOTAVAIL':
      return new OrcaError('unavailable', `this machine does not have the address ${place}`, { cause: error });
    default:
      return error;
  }
}
