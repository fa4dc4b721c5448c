import { createServer, Server } from 'node:net';
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
  const server = await open(address, '--http');
  try {
    return hand(descriptorOf(server));
  } finally {
    server.close();
  }
}

export interface Listeners {
  readonly http?: number;
  readonly https?: number;
}

interface Where {
  readonly http: ListenAddress | 'off';
  readonly https: ListenAddress | 'off';
  /** Told each time; an error is why HTTPS is not listened for, which keeps nobody from HTTP. */
  readonly onHttps: (problem: OrcaError | undefined) => void;
}

/**
 * The same for HTTP and HTTPS. Who connects to the one before the other listens is sent away.
 * @throws OrcaError as `handListener`, for HTTP
 */
export async function handListeners<T>({ http, https, onHttps }: Where, hand: (fds: Listeners) => T): Promise<T> {
  const secure = https === 'off' ? undefined : await open(https, '--https').catch((error: OrcaError) => error);
  onHttps(secure instanceof OrcaError ? secure : undefined);
  const servers = secure instanceof Server ? [secure] : [];
  try {
    const plain = http === 'off' ? undefined : await open(http, '--http');
    if (plain) servers.push(plain);
    return hand({
      ...(plain && { http: descriptorOf(plain) }),
      ...(secure instanceof Server && { https: descriptorOf(secure) }),
    });
  } finally {
    for (const server of servers) server.close();
  }
}

async function open(address: ListenAddress, option: string): Promise<Server> {
  try {
    return await listen(address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const noIpv6 = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
    if (noIpv6 && address.host === '::') return open({ ...address, host: '0.0.0.0' }, option);
    throw explained(error as NodeJS.ErrnoException, address, option);
  }
}

function listen({ host, port }: ListenAddress): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => resolve(server));
  });
}

/** Node tells the number of a listening socket nowhere else. */
const descriptorOf = (server: Server): number => (server as unknown as { _handle: { fd: number } })._handle.fd;

function explained(error: NodeJS.ErrnoException, { host, port }: ListenAddress, option: string): unknown {
  const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new OrcaError('conflict', `${place} is in use by ${holderOf(port) ?? 'another process'}`, {
        cause: error,
        hint: `stop it, or choose another address with ${option}`,
      });
    case 'EACCES':
      return new OrcaError('forbidden', `this user may not listen on ${place}`, {
        cause: error,
        hint: `without root choose a port from 1024 on, with ${option}`,
      });
    case 'EADDRNOTAVAIL':
      return new OrcaError('unavailable', `this machine does not have the address ${place}`, { cause: error });
    default:
      return error;
  }
}
