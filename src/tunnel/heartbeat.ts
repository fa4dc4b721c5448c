import type { Http2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { PING_EVERY, SILENT_FOR } from '../core/nodes/wire.ts';

/** Between two looks, ms. */
const LOOK = PING_EVERY / 2;

export interface Heartbeat {
  /** When anything arrived last, ms of `performance.now()`. */
  lastHeard(): number;
  /** Of the last ping that was answered, ms. */
  roundTrip(): number | undefined;
}

/**
 * Asks the other end every 2 s, and ends the connection once nothing at all has arrived for 8 s: a peer whose machine is gone, or
 * the way to it, ends no connection by itself. A look that comes late does not count as silence, as this process did not read
 * meanwhile. Ends with the session.
 *
 * @param onSilence is to end the session
 */
export function watchHeartbeat(session: Http2Session, socket: TLSSocket, onSilence: () => void): Heartbeat {
  let [heard, looked, bytes] = [performance.now(), performance.now(), socket.bytesRead];
  let trip: number | undefined;
  let looks = 0;

  const hear = () => {
    bytes = socket.bytesRead;
    heard = performance.now();
  };
  const ask = () =>
    session.ping((error, duration) => {
      if (error !== null) return;
      trip = duration;
      hear();
    });
  const look = () => {
    const now = performance.now();
    const stopped = now - looked - LOOK;
    looked = now;
    if (socket.bytesRead !== bytes) hear();
    else if (stopped > LOOK) heard += stopped;
    if (now - heard >= SILENT_FOR) return onSilence();
    looks += 1;
    if (looks % 2 === 0 && !session.closed && !session.destroyed) ask();
  };
  const timer = setInterval(look, LOOK);
  session.once('close', () => clearInterval(timer));
  return { lastHeard: () => heard, roundTrip: () => trip };
}
