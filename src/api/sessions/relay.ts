import type { Writable } from 'node:stream';
import { CLOSE, FRAME, frame, jsonFrame, jsonOf, type SessionExit } from '../../contract/session.ts';
import { OrcaError } from '../../core/errors.ts';
import { type AttachedProcess, PROCESS_SIGNALS, type ProcessSignal, type TerminalSize } from '../../engine/process.ts';
import type { SessionSocket } from '../http/session-socket.ts';

export interface RelayOptions {
  readonly process: AttachedProcess;
  /** Ends it, as nobody is there any more; once. Its output ends then. */
  readonly end: () => Promise<void>;
  /** What the session is for. */
  readonly what?: 'copy' | undefined;
  readonly stopping: AbortSignal;
  /** Told of a signal that could not be sent. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * Carries a process's streams over a socket until it has ended, and tells how. It ends with the client, and with the server.
 * Nothing is read ahead, in neither direction.
 */
export async function relay(socket: SessionSocket, options: RelayOptions): Promise<SessionExit> {
  const { process, stopping } = options;
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => {
    ending ??= options.end();
    return ending;
  };
  const stop = async () => {
    const ended = end();
    const { exit, code, reason } = goodbye(stopping.reason, options.what);
    await socket.send(jsonFrame(FRAME.exit, exit));
    await Promise.all([socket.close(code, reason), ended]);
  };
  onAbort(socket.gone, end);
  onAbort(stopping, stop);
  takeInput(socket, options).catch(async (error: unknown) => {
    if (!(error instanceof BadMessage)) return options.onProblem(error);
    await Promise.all([socket.close(CLOSE.badMessage, error.message), end()]);
  });
  const exit = await carryOutput(socket, process);
  if (exit.code === null) await end();
  if (stopping.aborted) await ending;
  else await tell(socket, exit);
  await ending;
  return exit;
}

/** @param why it is ended: an OrcaError, or that the server stops */
function goodbye(why: unknown, what = 'command') {
  if (!(why instanceof OrcaError)) return { exit: stopped(what), code: CLOSE.serverStops, reason: 'the server stops' };
  const exit: SessionExit = { code: null, error: `${why.message}: the ${what} was ended`, hint: why.hint };
  return { exit, code: CLOSE.refused, reason: 'the token is none any more' };
}

const stopped = (what: string): SessionExit => ({
  code: null,
  error: `the server stops: the ${what} was ended`,
  hint: 'run it again once the server is back',
});

async function carryOutput(socket: SessionSocket, process: AttachedProcess): Promise<SessionExit> {
  try {
    for await (const { stream, bytes } of process.output) await socket.send(frame(FRAME[stream], bytes));
    const code = await process.exitCode();
    return code === undefined ? UNKNOWN : { code };
  } catch (error) {
    if (error instanceof OrcaError) return { code: null, error: error.message, hint: error.hint };
    throw error;
  }
}

const UNKNOWN: SessionExit = {
  code: null,
  error: 'the exit code of the command is not known: its container is gone',
  hint: 'look with `orca ps --all` why',
};

async function tell(socket: SessionSocket, exit: SessionExit): Promise<void> {
  await socket.send(jsonFrame(FRAME.exit, exit));
  await socket.close(exit.code === null ? CLOSE.failed : CLOSE.ended, '');
}

const onAbort = (signal: AbortSignal, act: () => Promise<void>): void => {
  if (signal.aborted) void act();
  else signal.addEventListener('abort', () => void act(), { once: true });
};

/** A message that is none of the protocol's. */
class BadMessage extends Error {}

/** In order: what comes after bytes that the process does not read waits with them. */
async function takeInput(socket: SessionSocket, { process, onProblem }: RelayOptions): Promise<void> {
  for await (const message of socket.messages) {
    switch (message[0]) {
      case FRAME.stdin:
        await write(process.stdin, message.subarray(1));
        break;
      case FRAME.endOfStdin:
        process.stdin.end();
        break;
      case FRAME.resize:
        await process.resize(sizeOf(message)).catch(onProblem);
        break;
      case FRAME.signal:
        await process.signal(signalOf(message)).catch(onProblem);
        break;
      default:
        throw new BadMessage('a message of an unknown kind');
    }
  }
}

/** What a process that has ended does not read goes nowhere. */
function write(stdin: Writable, bytes: Uint8Array): Promise<void> {
  if (!stdin.writable || stdin.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stdin.off('drain', done).off('close', done);
      resolve();
    };
    stdin.once('drain', done).once('close', done);
  });
}

/** Of a terminal, at most. */
const LONGEST_SIDE = 10_000;

function sizeOf(message: Uint8Array): TerminalSize {
  const { rows, cols } = (jsonOf(message) ?? {}) as Partial<TerminalSize>;
  if (isSide(rows) && isSide(cols)) return { rows, cols };
  throw new BadMessage('a size that is none');
}

const isSide = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= LONGEST_SIDE;

function signalOf(message: Uint8Array): ProcessSignal {
  const { signal } = (jsonOf(message) ?? {}) as { readonly signal?: unknown };
  const known = PROCESS_SIGNALS.find((name) => name === signal);
  if (known) return known;
  throw new BadMessage('a signal that is none');
}
