import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** A Docker socket in front of another one that passes every call on, but never tells an event. */
export interface SilentDocker {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startSilentDocker(socket: string, path: string): Promise<SilentDocker> {
  const server = createServer((asked, answer) => {
    if (/^\/(v[\d.]+\/)?events/.test(asked.url ?? '')) {
      answer.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    }
    const { method, url, headers } = asked;
    const call = request({ socketPath: socket, method, path: url, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    call.on('error', () => answer.destroy());
    answer.on('close', () => call.destroy());
    asked.pipe(call);
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    url: `unix://${path}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
