import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';

/** Of a documentation network (RFC 5737): nothing is sent, the kernel only says by which address it would leave. */
const ELSEWHERE = '192.0.2.1';
const DISCARD = 9;
/** Of networks that containers are on. */
const BRIDGE = /^(docker|br-|veth|virbr|orca)/;

/**
 * The address by which other machines most likely reach this one: the one that it has on the way out, else the first of its own.
 * A guess: behind NAT, or with several networks, it is another one.
 */
export async function ownAddress(): Promise<string | undefined> {
  return (await addressOnTheWayOut()) ?? firstAddress();
}

async function addressOnTheWayOut(): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.connect(DISCARD, ELSEWHERE);
    await once(socket, 'connect');
    const { address } = socket.address();
    return address.startsWith('127.') || address === '0.0.0.0' ? undefined : address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

function firstAddress(): string | undefined {
  const all = Object.entries(networkInterfaces()).flatMap(([name, of = []]) => (BRIDGE.test(name) ? [] : of));
  const outer = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return (outer.find(({ family }) => family === 'IPv4') ?? outer[0])?.address;
}
