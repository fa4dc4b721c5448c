import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants } from 'node:fs';
import type { Socket } from 'node:net';
import { WORKER_FD } from '../worker/descriptors.ts';
import { lastWords } from './last-words.ts';
import type { Nursery, NurseryEvents, NurseryOptions, WorkerKind } from './nursery.ts';

/** Workers as children of this very process. They have nothing of its environment, and no descriptor but the five they need. */
export function createLocalNursery(options: NurseryOptions, events: NurseryEvents): Nursery {
  const children = new Map<number, ChildProcess>();

  const start = (worker: number, kind: WorkerKind): void => {
    try {
      raise(worker, spawnWorker(options, kind));
    } catch (error) {
      setImmediate(() => events.onFailed(worker, (error as Error).message)); // Not before this has returned.
    }
  };

  const raise = (worker: number, child: ChildProcess): void => {
    const { pid } = child;
    child.on('error', (error) => pid ?? events.onFailed(worker, error.message));
    if (pid === undefined) return;
    children.set(worker, child);
    const said = lastWords(child.stderr);
    child.once('exit', (code, signal) => {
      children.delete(worker);
      // What it wrote at the end may still be on its way.
      setImmediate(() => events.onEnded(worker, { code, signal, said: said() }));
    });
    events.onStarted(worker, { pid, channel: end(child, WORKER_FD.channel), lines: end(child, WORKER_FD.lines) });
  };

  return {
    start,
    kill: (worker) => void children.get(worker)?.kill('SIGKILL'),
    canStart: () => [process.execPath, ...Object.values(options.entries)].every(isReadable),
    drop() {},
    close() {
      closeAll(options);
    },
    ping: () => events.onAnswer(),
  };
}

const spawnWorker = (options: NurseryOptions, kind: WorkerKind): ChildProcess => {
  const { entries, data, user } = options;
  const role = kind === 'proxy' ? 'ingress-worker' : 'ingress-resolver';
  const words = [entries[kind], role, '--data', data, ...(user ? ['--user', `${user.uid}:${user.gid}`] : [])];
  return spawn(process.execPath, [YOUNG_SPACE, NO_INSPECTOR, ...words], {
    env: {},
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...socketsOf(options, kind)],
  });
};

/** In the order of WORKER_FD and RESOLVER_FD. */
const socketsOf = ({ httpFd, httpsFd, names }: NurseryOptions, kind: WorkerKind): (number | 'ignore' | 'pipe')[] =>
  kind === 'proxy'
    ? [httpFd ?? 'ignore', 'pipe', httpsFd ?? 'ignore']
    : [names?.udp ?? 'ignore', 'pipe', names?.tcp ?? 'ignore'];

/** The sockets that its workers listen on. */
export function closeAll({ httpFd, httpsFd, names }: Pick<NurseryOptions, 'httpFd' | 'httpsFd' | 'names'>): void {
  for (const fd of [httpFd, httpsFd, names?.udp, names?.tcp]) if (fd !== undefined) closeSync(fd);
}

/** Megabytes. Requests leave little that lives long: a small young generation costs no time and saves 10-20 MB a worker. */
const YOUNG_SPACE = '--max-semi-space-size=4';
/** Else whoever may signal a process could open its inspector, and run code in it. */
export const NO_INSPECTOR = '--disable-sigusr1';

const end = (child: ChildProcess, fd: number): Socket => child.stdio[fd] as Socket;

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
