import type { Socket } from 'node:net';
import { createFrameReader, frameHeader } from './frames.ts';
import { reset } from './reset.ts';

/** TCP asks whether the other end is there after so long without a word, ms. */
const QUIET = 5_000;

/**
 * Joins a connection of a container with one to the data plane of another node, until both have ended: what one side does not take,
 * the other one does not read; each direction ends for itself; and a cut at one side is one at the other.
 *
 * @param near its socket keeps the half that the other one has not ended (`allowHalfOpen`)
 * @param far speaks in frames
 */
export function joinFar(near: Socket, far: Socket): void {
  let [nearEnded, farEnded] = [false, false];

  const finish = (): void => {
    if (nearEnded && farEnded) far.end();
  };
  const cut = (): void => {
    reset(near);
    far.destroy();
  };

  const frames = createFrameReader({
    onBytes(bytes) {
      if (!near.write(bytes)) far.pause();
    },
    onEnd() {
      farEnded = true;
      near.end();
      finish();
    },
  });

  near.on('data', (chunk: Buffer) => {
    far.cork();
    far.write(frameHeader(chunk.length));
    const isTaken = far.write(chunk);
    far.uncork();
    if (!isTaken) near.pause();
  });
  near.once('end', () => {
    nearEnded = true;
    far.write(frameHeader(0));
    finish();
  });
  near.on('drain', () => far.resume());
  far.on('drain', () => near.resume());
  far.on('data', (chunk: Buffer) => frames.push(chunk) || cut());
  // One that keeps its own half open is not closed by that.
  far.once('end', () => (nearEnded && farEnded) || cut());
  listen(near, far, () => nearEnded && farEnded, cut);
  near.resume();
  far.resume();
}

/** The same on one node, where no data plane is between. */
export function joinNear(one: Socket, other: Socket): void {
  const ended = new Set<Socket>();
  const cut = (): void => {
    for (const socket of [one, other]) reset(socket);
  };
  for (const socket of [one, other]) socket.once('end', () => ended.add(socket));
  one.pipe(other);
  other.pipe(one);
  listen(one, other, () => ended.size === 2, cut);
}

/** Whoever closes before both directions have ended has been cut. */
function listen(one: Socket, other: Socket, isOver: () => boolean, cut: () => void): void {
  for (const socket of [one, other]) {
    socket.on('error', () => {});
    socket.once('close', () => isOver() || cut());
    socket.setNoDelay(true);
    socket.setKeepAlive(true, QUIET);
    if (socket.destroyed) cut();
  }
}
