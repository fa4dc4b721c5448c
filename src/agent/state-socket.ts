import { lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { LONGEST_SOCKET_PATH } from '../contract/own-socket.ts';
import { OrcaError } from '../core/errors.ts';
import type { AgentState } from './state.ts';

export interface StateSocket {
  /** To all who listen, and who will. */
  tell(state: AgentState): void;
  close(): void;
}

/** Who listen at once; others are turned away. */
const MOST_LISTENERS = 16;

/**
 * Tells the state to whoever connects. It is the lock of the data folder, too: there is one agent in each.
 * @throws OrcaError `conflict` where another agent answers, `invalid` for too long a path, `unavailable`
 */
export async function openStateSocket(path: string, first: AgentState): Promise<StateSocket> {
  refuseLongPath(path);
  await clearDead(path);
  let state = first;
  const listeners = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy()); // it left
    if (listeners.size >= MOST_LISTENERS) return socket.destroy();
    listeners.add(socket);
    socket.once('close', () => listeners.delete(socket));
    socket.resume().write(lineOf(state));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? another(path)
          : new OrcaError('unavailable', `the agent cannot listen on ${path}: ${cause.message}`, { cause }),
      ),
    );
    server.listen(path, resolve);
  });
  return {
    tell: (next) => {
      state = next;
      for (const socket of listeners) socket.write(lineOf(state));
    },
    close: () => {
      server.close();
      for (const socket of listeners) socket.destroy();
    },
  };
}

const lineOf = (state: AgentState): string => `${JSON.stringify(state)}\n`;

/** The states of the agent there, from the present one on; ends with the agent, or the signal. Nothing, if there is none. */
export async function* followState(path: string, signal: AbortSignal): AsyncGenerator<AgentState> {
  if (signal.aborted) return;
  const socket = connect(path);
  const stop = (): void => void socket.destroy();
  socket.on('error', () => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of createInterface({ input: socket })) yield JSON.parse(line) as AgentState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error; // else nobody is there, or not any more
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

/** What it says now; undefined where no agent answers. */
export async function readState(path: string, signal: AbortSignal): Promise<AgentState | undefined> {
  for await (const state of followState(path, signal)) return state;
  return undefined;
}

/** What a dead agent has left; another one may have put its own there meanwhile. */
async function clearDead(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (await answers(path)) throw another(path);
  const now = lstatSync(path, { throwIfNoEntry: false });
  if (found && now?.ino === found.ino && now.dev === found.dev) rmSync(path, { force: true });
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return resolve(false);
    const socket = connect(path);
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EAGAIN'));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

const another = (path: string): OrcaError =>
  new OrcaError('conflict', `another agent answers on ${path}`, {
    hint: 'stop it with `orca agent --stop`, or use another data folder with --data',
  });

function refuseLongPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= LONGEST_SOCKET_PATH) return;
  throw new OrcaError(
    'invalid',
    `the path of the agent's socket, "${path}", has ${length} bytes, and a socket's may have ${LONGEST_SOCKET_PATH}`,
    { hint: 'choose a shorter --data' },
  );
}
