import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps at most `limit` connections open. Whoever comes is let in, and the one that is missed least goes: the oldest that
 * carries no request, else the oldest whose request has not arrived whole, else the oldest. To open connections takes no
 * token, so one who only holds them may not keep others out.
 */
export function limitConnections(server: Server, limit: number): void {
  /** With what each carries, oldest first; back to the end of the line with the end of an answer. */
  const open = new Map<Socket, Set<IncomingMessage>>();
  server.on('connection', (socket: Socket) => {
    if (open.size >= limit) leastMissed(open)?.destroy();
    open.set(socket, new Set());
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const carried = open.get(request.socket);
    carried?.add(request);
    response.once('close', () => {
      carried?.delete(request);
      if (carried && open.delete(request.socket)) open.set(request.socket, carried);
    });
  });
  server.on('upgrade', (request: IncomingMessage) => open.get(request.socket)?.add(request));
}

function leastMissed(open: ReadonlyMap<Socket, ReadonlySet<IncomingMessage>>): Socket | undefined {
  const all = [...open].filter(([socket]) => !socket.destroyed);
  const idle = all.find(([, carried]) => carried.size === 0);
  const slow = () => all.find(([, carried]) => [...carried].some(({ complete }) => !complete));
  return (idle ?? slow() ?? all[0])?.[0];
}
