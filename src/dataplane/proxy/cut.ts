import type { Socket } from 'node:net';

/** Ends a connection so that its peer sees an error, not a clean end. */
export function cut(socket: Socket): void {
  if (socket.destroyed) return;
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}
