import type { Socket } from 'node:net';
import { MOST_LINE } from './protocol.ts';

/**
 * The first line that comes over a socket, without its end, which is paused then; what came behind it is put back. Undefined if the
 * socket ends before, the line is too long, or the signal is aborted.
 */
export function readLine(socket: Socket, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    let held: Buffer = Buffer.alloc(0);

    const settle = (line?: string): void => {
      socket.pause();
      socket.off('data', take).off('end', end).off('close', end);
      signal.removeEventListener('abort', end);
      resolve(line);
    };
    const end = (): void => settle();
    const take = (chunk: Buffer): void => {
      held = Buffer.concat([held, chunk]);
      const at = held.indexOf('\r\n');
      if (at < 0 && held.length <= MOST_LINE) return;
      settle(at < 0 || at > MOST_LINE ? undefined : held.toString('latin1', 0, at));
      if (held.length > at + 2) socket.unshift(held.subarray(at + 2));
    };

    if (signal.aborted || socket.destroyed) return resolve(undefined);
    signal.addEventListener('abort', end, { once: true });
    socket.on('data', take).once('end', end).once('close', end);
    socket.resume();
  });
}
