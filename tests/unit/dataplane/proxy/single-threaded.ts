import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { OK, type Origin, rawOrigin } from './rig.ts';

export interface SingleThreaded extends Origin {
  /** Heads of the requests answered, in order. */
  readonly heads: string[];
}

/**
 * A server like Python's `HTTPServer`, with one thread: it is with one connection until that ends, and reads no other meanwhile. To
 * `/slow` it answers when told.
 */
export async function singleThreaded(t: TestContext, answer: () => Promise<unknown> = async () => {}) {
  const queue: Socket[] = [];
  const heads: string[] = [];
  let busy = false;

  const next = (): void => {
    const socket = queue.shift();
    busy = socket !== undefined;
    if (socket === undefined) return;
    let ended = false;
    const end = (): void => {
      if (!ended) next();
      ended = true;
    };
    let text = '';
    socket.on('data', async (bytes) => {
      text += bytes.toString('latin1');
      for (let at = text.indexOf('\r\n\r\n'); at >= 0; at = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, at);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        text = text.slice(at + 4 + length);
        heads.push(head);
        if (head.includes(' /slow ')) await answer();
        const closes = /\r\nconnection: close/i.test(head);
        if (closes) socket.end(OK);
        else socket.write(OK);
      }
    });
    socket.on('end', () => socket.end());
    socket.once('close', end);
    if (socket.destroyed) end();
  };

  const origin = await rawOrigin(t, (socket) => {
    queue.push(socket);
    if (!busy) next();
  });
  return Object.assign(origin, { heads });
}
