import { OrcaError } from '../../core/errors.ts';
import type { Engine, LogLine } from '../../engine/engine.ts';
import type { Log } from '../../telemetry/log.ts';

export interface LogKeeper {
  keep(task: string, lines: AsyncIterable<LogLine>): Promise<void>;
  read(task: string, query: { readonly tail?: number | undefined }): AsyncIterable<LogLine>;
}

/** Copies a task's log before its container is removed. Losing it must not keep a container alive: it is only told. */
export type KeepLogs = (task: string) => Promise<void>;

export const createKeepLogs =
  (engine: Engine, archive: LogKeeper, log: Log): KeepLogs =>
  async (task) => {
    try {
      await archive.keep(task, engine.logs(task, {}));
    } catch (error) {
      if (error instanceof OrcaError && error.code === 'not_found') return;
      if (error instanceof OrcaError && error.code === 'unavailable') throw error;
      log.warn({ err: error, task }, 'the log of an ended task could not be kept');
    }
  };

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
