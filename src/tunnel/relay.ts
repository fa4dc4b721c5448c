import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';

/**
 * Joins a stream of the wire with a socket of this machine, each direction for itself: what ends on one side ends on the other,
 * and what breaks there breaks here. Nothing is read from one that the other does not take.
 */
export function relay(stream: ServerHttp2Stream, socket: Socket): void {
  stream.pipe(socket, { end: false });
  stream.once('end', () => {
    // Node's stream ends as if all had been read when it is given up.
    if (stream.aborted || stream.rstCode !== 0) socket.destroy();
    else socket.end();
  });
  socket.pipe(stream);
  socket.once('error', (error) => stream.destroy(error));
  socket.once('close', () => {
    if (!socket.readableEnded) stream.destroy(new Error('the socket was closed'));
    else if (!stream.readableEnded) stream.close();
  });
}
