import type { Socket } from 'node:net';

/**
 * Ends a connection at once, and so that the other side takes it for cut: Node's own `resetAndDestroy` says the end first, and may be
 * believed. Nothing happens to one that has ended.
 */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  // While its end is on the way the kernel's handle would be left open by a reset.
  if (!socket.connecting && !socket.writableEnded)
    (socket as unknown as { resetAndClosing: boolean }).resetAndClosing = true;
  socket.destroy();
}
