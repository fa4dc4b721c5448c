import { OrcaError } from '../../core/errors.ts';
import type { Engine, LogLine } from '../../engine/engine.ts';
import type { Log } from '../../telemetry/log.ts';

export interface LogKeeper {
  keep(task: string, lines: AsyncIterable<LogLine>): Promise<void>;
  read(task: string, query: { readonly tail?: number | undefined }): AsyncIterable<LogLine>;
}

/** Copies a task's log before its container is removed. Losing it must not keep a container alive: it is only told. */
export type KeepLogs = (task: string) => Promise<void>;

/** An engine that is away comes back; one that cannot read a log never will. */
const TRIES = 3;
/** A log may be as large as its disk, and the task's end waits for it; the archive keeps the last ones. */
const LINES = 100_000;
/** Tasks whose failures are counted; what is forgotten is tried more often. */
const REMEMBERED = 1_000;

export function createKeepLogs(engine: Engine, archive: LogKeeper, log: Log): KeepLogs {
  const failures = new Map<string, number>();

  const mayTryAgain = (task: string, error: unknown): boolean => {
    const count = (failures.get(task) ?? 0) + 1;
    if (!(error instanceof OrcaError) || error.code !== 'unavailable' || count >= TRIES) return false;
    if (failures.size >= REMEMBERED) failures.clear();
    failures.set(task, count);
    return true;
  };

  return async (task) => {
    try {
      await archive.keep(task, engine.logs(task, { tail: LINES }));
    } catch (error) {
      if (mayTryAgain(task, error)) throw error;
      if (!(error instanceof OrcaError) || error.code !== 'not_found')
        log.warn({ err: error, task }, 'the log of an ended task could not be kept');
    }
    failures.delete(task);
  };
}

/** The last lines of a task, from its container or, when that is gone, from the archive; empty if neither has any. */
export async function lastWords(
  engine: Engine,
  archive: LogKeeper,
  task: string,
  count: number,
): Promise<readonly string[]> {
  try {
    const lines: string[] = [];
    const source = (await engine.inspect(task))
      ? engine.logs(task, { tail: count })
      : archive.read(task, { tail: count });
    for await (const { text } of source) lines.push(text);
    return lines.slice(-count);
  } catch {
    return [];
  }
}
