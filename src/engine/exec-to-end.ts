import type { ExecCommand } from './exec.ts';
import type { AttachedProcess } from './process.ts';

export interface BoundedCommand extends Pick<ExecCommand, 'command'> {
  /** ms; then it is killed. */
  readonly limit: number;
  /** Bytes of output that are kept, the last ones; 4 KiB by default. */
  readonly most?: number | undefined;
  /** Kills it too; the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How a command went. */
export interface CommandEnd {
  /** Undefined if it took too long, or the engine does not know. */
  readonly exitCode: number | undefined;
  /** It was killed at its limit. */
  readonly late: boolean;
  /** The end of what it wrote, on both streams. */
  readonly output: string;
}

const KEPT = 4 * 1024;

/**
 * Waits for the end of a command, or ends it: with SIGKILL to its group, and where that cannot be, by letting go of it.
 *
 * @throws OrcaError as starting it does
 */
export async function runToEnd(
  start: (command: ExecCommand) => Promise<AttachedProcess>,
  { command, limit, most = KEPT, signal }: BoundedCommand,
): Promise<CommandEnd> {
  signal?.throwIfAborted();
  const late = AbortSignal.timeout(limit);
  const stop = AbortSignal.any(signal ? [late, signal] : [late]);
  const process = await start({ command });
  const stopped = Promise.withResolvers<undefined>();
  const kill = async () => {
    await process.signal('SIGKILL').catch(() => undefined);
    process.close();
    stopped.resolve(undefined);
  };
  stop.addEventListener('abort', kill, { once: true });
  if (stop.aborted) void kill();
  const kept = createTail(most);
  try {
    const ended = toEnd(process, kept, stop).catch((error: unknown) => {
      if (!stop.aborted) throw error;
      return undefined;
    });
    const exitCode = await Promise.race([ended, stopped.promise]);
    signal?.throwIfAborted();
    return { exitCode: late.aborted ? undefined : exitCode, late: late.aborted, output: kept.text() };
  } finally {
    stop.removeEventListener('abort', kill);
  }
}

async function toEnd(process: AttachedProcess, kept: Tail, stop: AbortSignal): Promise<number | undefined> {
  for await (const { bytes } of process.output) kept.add(bytes);
  return process.exitCode(stop);
}

interface Tail {
  add(bytes: Uint8Array): void;
  text(): string;
}

function createTail(most: number): Tail {
  let kept = Buffer.alloc(0);
  return {
    add: (bytes) => {
      kept = Buffer.concat([kept, bytes.subarray(-most)]);
      kept = kept.subarray(-most);
    },
    text: () => kept.toString('utf8'),
  };
}
