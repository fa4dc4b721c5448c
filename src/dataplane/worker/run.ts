import { Socket } from 'node:net';
import type { Proxy as HttpProxy, ProxyOptions } from '../proxy/proxy.ts';
import { becomeUser, takeOwnGroup } from '../user.ts';
import { type Channel, createChannel } from './channel.ts';
import { WORKER_FD } from './descriptors.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { createWorker } from './worker.ts';

/** The life of a worker process. Everything it needs is loaded before it becomes the user in `--user UID:GID`. */
export function runWorker(createProxy: (options: ProxyOptions) => HttpProxy): void {
  const worker = createWorker({
    createProxy,
    send: (message) => channel.send(message),
    now: Date.now,
    lines: () => new Socket({ fd: WORKER_FD.lines, readable: false, writable: true }),
    exit: (code) => process.exit(code),
  });

  // Signals are the supervisor's to act on; a group of processes gets them all at once.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  const [uid, gid] = argument('--user').split(':').map(Number);
  if (uid !== undefined && gid !== undefined) becomeUser({ uid, gid });
  takeOwnGroup();
  const channel: Channel<FromWorker> = createChannel(new Socket({ fd: WORKER_FD.channel }), {
    limit: Number.POSITIVE_INFINITY, // It is believed.
    onMessage: (message) => worker.receive(message as ToWorker),
    onClosed: () => process.exit(0),
  });
  channel.send({ type: 'loaded' });
}

const argument = (name: string): string => process.argv[process.argv.indexOf(name) + 1] ?? '';
