import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** `free-port.ts HOST PORT...` prints the first of the ports that nobody listens on; 0 stands for any. */
const main = async ([host = '', ...ports]: readonly string[]): Promise<void> => {
  for (const port of ports) {
    const free = await listenOnce(host.replace(/^\[|\]$/g, ''), Number(port));
    if (free !== undefined) {
      console.log(free);
      return;
    }
  }
  process.exitCode = 1;
};

const listenOnce = async (host: string, port: number): Promise<number | undefined> => {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
};

await main(process.argv.slice(2));
