import { OrcaError } from '../../core/errors.ts';
import type { LogLine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import { readTaskLog } from '../../engine/task-log.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Placed } from '../world.ts';

/** Copies of logs, each where its task was. */
export interface LogKeeper {
  /** Copies the last lines of the log of its container. Rejects as the engine does that is asked for them. */
  keep(task: Placed, tail: number): Promise<void>;
  read(task: Placed, query: { readonly tail?: number | undefined }): AsyncIterable<LogLine>;
}

/** Copies a task's log after its end, before its container is removed. Losing it must not keep a container: it is only told. */
export type KeepLogs = (task: Placed) => Promise<void>;

/** An engine that is away comes back; one that cannot read a log never will. */
const TRIES = 3;
/** A log may be as large as its disk; the archive keeps the last ones. */
const LINES = 100_000;
/** Tasks whose failures are counted; what is forgotten is tried more often. */
const REMEMBERED = 1_000;

export function createKeepLogs(archive: LogKeeper, log: Log): KeepLogs {
  const failures = new Map<string, number>();

  const mayTryAgain = (task: string, error: unknown): boolean => {
    const count = (failures.get(task) ?? 0) + 1;
    if (!(error instanceof OrcaError) || error.code !== 'unavailable' || count >= TRIES) return false;
    if (failures.size >= REMEMBERED) failures.clear();
    failures.set(task, count);
    return true;
  };

  return async ({ id: task, node }) => {
    try {
      await archive.keep({ id: task, node }, LINES);
    } catch (error) {
      if (mayTryAgain(task, error)) throw error;
      if (!(error instanceof OrcaError) || error.code !== 'not_found')
        log.warn({ err: error, task }, 'the log of an ended task could not be kept');
    }
    failures.delete(task);
  };
}

/**
 * The last lines of a task; empty if there are none, or they cannot be read. Its container may be removed in the middle: the
 * copy has them all by then.
 */
export async function lastWords(
  engines: Pick<Engines, 'of'>,
  archive: LogKeeper,
  task: Placed,
  count: number,
): Promise<readonly string[]> {
  const query = { tail: count };
  const lines = await textsOf(readTaskLog({ engines, archive }, task, query));
  if (lines.length >= count) return lines.slice(-count);
  const kept = await textsOf(archive.read(task, query));
  return (kept.length > lines.length ? kept : lines).slice(-count);
}

async function textsOf(log: AsyncIterable<LogLine>): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    for await (const { text } of log) lines.push(text);
  } catch {
    // What was read so far is better than nothing.
  }
  return lines;
}
