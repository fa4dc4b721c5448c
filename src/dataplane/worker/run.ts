import type { Proxy as HttpProxy, ProxyOptions } from '../proxy/proxy.ts';
import { becomeUser } from '../user.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { createWorker } from './worker.ts';

/** The life of a worker process. Everything it needs is loaded before it becomes the user in `--user UID:GID`. */
export function runWorker(createProxy: (options: ProxyOptions) => HttpProxy): void {
  const send = (message: FromWorker): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };
  const worker = createWorker({ createProxy, send, now: Date.now, exit: (code) => process.exit(code) });

  // Signals are the supervisor's to act on; a group of processes gets them all at once.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => worker.receive(message as ToWorker));

  const [uid, gid] = argument('--user').split(':').map(Number);
  if (uid !== undefined && gid !== undefined) becomeUser({ uid, gid });
  send({ type: 'loaded' });
}

const argument = (name: string): string => process.argv[process.argv.indexOf(name) + 1] ?? '';
