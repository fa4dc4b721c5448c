import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { createFrames, framed } from './frames.ts';
import type { Upstream } from './upstreams.ts';

/**
 * Sends one query to a name server; undefined if it is not there, or the signal ends it first.
 * @param isRight of bytes that came from it: others are passed over
 */
export function exchangeUdp(
  { address, port }: Upstream,
  query: Buffer,
  isRight: (found: Buffer) => boolean,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    // A port of its own for each, so that nobody who does not see the query can answer it; nothing from elsewhere arrives.
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (found?: Buffer): void => {
      signal.removeEventListener('abort', cancel);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      resolve(found);
    };
    const cancel = (): void => end();
    socket.on('error', cancel);
    socket.on('message', (found) => {
      if (isRight(found)) end(found);
    });
    // A listener, not a callback: that one is called for a failure too, such as an address that no route leads to.
    socket.once('connect', () => socket.send(query));
    socket.connect(port, address);
    signal.addEventListener('abort', cancel, { once: true });
  });
}

/** The same over TCP. */
export const exchangeTcp: typeof exchangeUdp = ({ address, port }, query, isRight, signal) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, noDelay: true });
    const frames = createFrames();
    const end = (found?: Buffer): void => {
      signal.removeEventListener('abort', cancel);
      socket.destroy();
      resolve(found);
    };
    const cancel = (): void => end();
    socket.on('error', cancel);
    socket.on('close', cancel);
    socket.on('data', (chunk) => {
      const found = frames.push(chunk).find(isRight);
      if (found) end(found);
    });
    socket.write(framed(query));
    signal.addEventListener('abort', cancel, { once: true });
  });
