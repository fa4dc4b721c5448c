import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** From which address of this machine another one is reached: the kernel says so of a UDP socket, and no packet is sent. Undefined if it is not. */
export function ownAddressTowards(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (found: string | undefined): void => {
      socket.close();
      resolve(found);
    };
    socket.once('error', () => end(undefined));
    socket.connect(port, address, () => end(socket.address().address));
  });
}
