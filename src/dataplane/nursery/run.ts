import type { SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import { becomeParent } from '../user.ts';
import { createLocalNursery } from './local.ts';
import type { FromNursery, ToNursery } from './messages.ts';

/** The listening sockets in a nursery: after the standard three and the channel. */
export const NURSERY_FD = { http: 4, names: { udp: 5, tcp: 6 }, https: 7 } as const;

/**
 * The life of the process that starts workers: it has their user, and nothing but their listening socket. It reads no
 * stranger's byte, nor any that a worker sends: the supervisor is given the other ends of what it gives to a worker.
 */
export function runNursery(): void {
  const [uid = 0, gid = 0] = argument('--user').split(':').map(Number);
  const user = { uid, gid };
  const send = (message: FromNursery, socket?: Socket): void => {
    if (process.connected) process.send?.(message, socket as SendHandle | undefined, undefined, () => {});
  };
  const canStart = (): void => send({ type: 'pong', canStart: nursery.canStart() });

  const nursery = createLocalNursery(
    {
      entries: { proxy: argument('--entry'), resolver: argument('--resolver') },
      data: argument('--data'),
      user,
      httpFd: process.argv.includes('--listens') ? NURSERY_FD.http : undefined,
      httpsFd: process.argv.includes('--https') ? NURSERY_FD.https : undefined,
      names: process.argv.includes('--names') ? NURSERY_FD.names : undefined,
    },
    {
      onStarted(worker, { pid, channel, lines }) {
        for (const socket of [channel, lines]) readNothing(socket);
        send({ type: 'started', worker, pid, part: 'channel' }, channel);
        send({ type: 'started', worker, pid, part: 'lines' }, lines);
      },
      onFailed: (worker, error) => send({ type: 'failed', worker, error }),
      onEnded(worker, end) {
        canStart();
        send({ type: 'ended', worker, ...end });
      },
      onAnswer: canStart,
      onLost() {},
    },
  );

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToNursery) => {
    if (message.type === 'start') nursery.start(message.worker, message.kind);
    if (message.type === 'kill') nursery.kill(message.worker);
    if (message.type === 'close') nursery.close();
    if (message.type === 'ping') nursery.ping();
    if (message.type !== 'drop') return;
    becomeParent(user);
    canStart();
  });
}

/** Node reads from a socket as soon as it has one: what a worker says is for the supervisor, who gets it in a moment. */
const readNothing = (socket: Socket): void => {
  (socket as unknown as { _handle: { readStop(): void } })._handle.readStop();
};

const argument = (name: string): string => process.argv[process.argv.indexOf(name) + 1] ?? '';
