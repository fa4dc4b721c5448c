import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { lastWords } from './last-words.ts';
import { closeAll, NO_INSPECTOR } from './local.ts';
import type { FromNursery, ToNursery } from './messages.ts';
import type { Nursery, NurseryEvents, NurseryOptions } from './nursery.ts';

interface RemoteOptions extends NurseryOptions {
  readonly user: { readonly uid: number; readonly gid: number };
  /** The module that the nursery runs. */
  readonly nurseryEntry: string;
}

/**
 * A nursery in a process of the workers' user, as this process becomes another one and may start none of theirs then. That
 * process is as little believed as a worker.
 */
export function createRemoteNursery(options: RemoteOptions, events: NurseryEvents): Nursery {
  /** Started, and the second socket is still to come. */
  const half = new Map<number, Socket>();
  let canStart = true;

  const tell = (message: ToNursery): void => {
    if (child.connected) child.send(message, () => {});
  };

  const receive = (message: FromNursery, socket: unknown): void => {
    switch (message?.type) {
      case 'started':
        return void started(message, socket);
      case 'failed':
        return void events.onFailed(message.worker, String(message.error));
      case 'ended':
        return void ended(message);
      case 'pong':
        canStart = message.canStart === true;
        return void events.onAnswer();
    }
  };

  const ended = ({ worker, code, signal, said }: Extract<FromNursery, { type: 'ended' }>): void => {
    half.get(worker)?.destroy();
    half.delete(worker);
    events.onEnded(worker, { code, signal, said: String(said) });
  };

  const started = ({ worker, pid, part }: Extract<FromNursery, { type: 'started' }>, socket: unknown): void => {
    if (!(socket instanceof Socket) || !Number.isSafeInteger(pid) || pid < 0) return; // It was lost on the way: such a worker owes its first word for ever.
    if (part === 'channel') {
      half.set(worker, socket);
      return;
    }
    const channel = half.get(worker);
    half.delete(worker);
    if (channel) events.onStarted(worker, { pid, channel, lines: socket });
    else socket.destroy();
  };

  const child = spawnNursery(options);
  const said = lastWords(child.stderr);
  let gone = false;
  const lost = (why: string): void => {
    if (!gone) events.onLost([why, said()].filter(Boolean).join(': '));
    gone = true;
  };
  child.on('message', (message, socket) => receive(message as FromNursery, socket));
  child.on('error', (error) => lost(error.message));
  child.once('exit', (code, signal) => lost(`it ended with ${signal ?? `code ${code}`}`));

  return {
    start: (worker, kind) => tell({ type: 'start', worker, kind }),
    kill: (worker) => tell({ type: 'kill', worker }),
    canStart: () => canStart && !gone,
    drop: () => tell({ type: 'drop' }),
    close() {
      tell({ type: 'close' });
      closeAll(options);
    },
    ping: () => tell({ type: 'ping' }),
  };
}

function spawnNursery({ nurseryEntry, entries, data, user, httpFd, httpsFd, names }: RemoteOptions): ChildProcess {
  const words = ['ingress-nursery', '--data', data, '--user', `${user.uid}:${user.gid}`];
  const modules = ['--entry', entries.proxy, '--resolver', entries.resolver];
  const sockets = [
    ...(httpFd === undefined ? [] : ['--listens']),
    ...(httpsFd === undefined ? [] : ['--https']),
    ...(names === undefined ? [] : ['--names']),
  ];
  const handed = [httpFd, names?.udp, names?.tcp, httpsFd].map((fd) => fd ?? 'ignore');
  return spawn(process.execPath, [NO_INSPECTOR, nurseryEntry, ...words, ...modules, ...sockets], {
    env: {},
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...handed],
  });
}
