import { OrcaError } from '../core/errors.ts';
import type { Engine, LogLine, LogQuery } from './engine.ts';

export interface TaskLogs {
  readonly engine: Pick<Engine, 'inspect' | 'logs'>;
  /** Copies of the logs of containers that are gone; nothing for a task that it has none of. */
  readonly archive: { read(task: string, query: LogQuery): AsyncIterable<LogLine> };
}

/** The container's log or, when that is gone, also while this begins, the copy of it. */
export async function* readTaskLog(
  { engine, archive }: TaskLogs,
  task: string,
  query: LogQuery,
): AsyncGenerator<LogLine> {
  let begun = false;
  try {
    const isThere = (await engine.inspect(task)) !== undefined;
    for await (const line of isThere ? engine.logs(task, query) : archive.read(task, query)) {
      begun = true;
      yield line;
    }
  } catch (error) {
    if (begun || !isGone(error)) throw error;
    yield* archive.read(task, query);
  }
}

/** The copy of a log that is not written any more or, until that is made, what its container has; no engine is needed for a copy. */
export async function* readEndedLog(
  { engine, archive }: TaskLogs,
  task: string,
  query: LogQuery,
): AsyncGenerator<LogLine> {
  let begun = false;
  for await (const line of archive.read(task, query)) {
    begun = true;
    yield line;
  }
  const isThere = !begun && (await engine.inspect(task).catch(() => undefined)) !== undefined;
  if (isThere) yield* readTaskLog({ engine, archive }, task, query);
}

const isGone = (error: unknown): boolean => error instanceof OrcaError && error.code === 'not_found';
