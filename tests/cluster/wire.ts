import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';

/** Both ends of a connection in this process. When one closes, so does the other, after what was written before. */
export function wire(): readonly [Socket, Socket] {
  const [a, b] = duplexPair({ allowHalfOpen: false });
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    Object.assign(one, { destroySoon: () => one.end(() => one.destroy()) });
    one.once('close', () => setImmediate(() => other.destroy()));
  }
  return [a as unknown as Socket, b as unknown as Socket];
}

/** Of a connection to nobody. */
export function refusedWire(): Socket {
  const [mine] = wire();
  mine.destroy(new Error('nobody listens'));
  return mine;
}
