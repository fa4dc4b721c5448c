import type { RemoteProcess } from '../../src/client/session.ts';
import { OrcaError } from '../../src/core/errors.ts';
import type { Interrupted } from '../interrupt.ts';
import type { RawStreams, Session } from '../session.ts';
import { takeTerminal } from './terminal.ts';

export interface AttachOptions {
  /** This terminal is the process's. */
  readonly tty: boolean;
  /** What is typed, or piped in, goes to the process. */
  readonly stdin: boolean;
}

/** Of a program that nobody reads any more, as the shell would say it: 128 and SIGPIPE. */
export const NOBODY_READS = 141;

/**
 * Joins this process's streams and signals with those of a process in a container, until it has ended.
 *
 * @returns its exit code
 * @throws OrcaError if that is not known
 */
export async function attach(
  process: RemoteProcess,
  { streams, interrupted }: Pick<Session, 'streams' | 'interrupted'>,
  options: AttachOptions,
): Promise<number> {
  const giveBack = options.tty ? takeTerminal(streams, process.resize) : () => undefined;
  // Without a terminal of its own the process learns of Ctrl-C by the signal; with one it reads it.
  const onInterrupt = () =>
    options.tty ? process.leave() : process.signal((interrupted.reason as Interrupted).signal);
  interrupted.addEventListener('abort', onInterrupt, { once: true });
  if (interrupted.aborted) onInterrupt();
  const input = options.stdin ? carryInput(streams.stdin, process) : Promise.resolve(process.endInput());
  try {
    const isRead = await carryOutput(process, streams);
    if (!isRead) return NOBODY_READS;
    const { code, error, hint } = process.exit();
    if (code === null) throw new OrcaError('unavailable', error ?? 'how the command ended is not known', { hint });
    return code;
  } finally {
    process.leave();
    interrupted.removeEventListener('abort', onInterrupt);
    giveBack();
    if (options.stdin) streams.stdin.destroy();
    await input;
  }
}

/** False once nobody reads what it writes. */
async function carryOutput(process: RemoteProcess, streams: RawStreams): Promise<boolean> {
  for await (const { stream, bytes } of process.output) if (!(await write(streams[stream], bytes))) return false;
  return true;
}

/** Resolves when it is written: a reader that is slow makes the process wait. False once nobody reads. */
export const write = (stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => void stream.write(bytes, (error) => resolve(!error)));

/** Its end is told; that it is cut off with the process is none. */
async function carryInput(stdin: NodeJS.ReadStream, process: RemoteProcess): Promise<void> {
  try {
    for await (const chunk of stdin) await process.write(chunk as Uint8Array);
    process.endInput();
  } catch {
    process.endInput();
  }
}
