import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Socket } from 'node:net';

/** A Docker socket in front of another one that never answers for the containers that it is told are stuck. */
export interface StuckDocker {
  readonly url: string;
  /** Part of a path after `/containers/`: an id or a name. */
  readonly stuck: Set<string>;
  /** Calls for stuck ones that hang now. */
  hanging(): number;
  stop(): Promise<void>;
}

export async function startStuckDocker(socket: string, path: string): Promise<StuckDocker> {
  const stuck = new Set<string>();
  let hanging = 0;
  const server = createServer((asked, answer) => {
    const { method, url = '', headers } = asked;
    const name = /\/containers\/([^/?]+)/.exec(url)?.[1] ?? '';
    if (stuck.has(name)) {
      hanging += 1;
      answer.on('close', () => {
        hanging -= 1;
      });
      return;
    }
    const call = request({ socketPath: socket, method, path: url, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers).flushHeaders();
      found.pipe(answer);
    });
    call.on('error', () => answer.destroy());
    answer.on('close', () => call.destroy());
    asked.pipe(call);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (one) => {
    sockets.add(one);
    one.once('close', () => sockets.delete(one));
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    url: `unix://${path}`,
    stuck,
    hanging: () => hanging,
    stop: async () => {
      for (const one of sockets) one.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
