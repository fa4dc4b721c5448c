import { OrcaError } from '../core/errors.ts';
import type { Task } from '../core/model/task.ts';
import type { LogLine, LogQuery } from './engine.ts';
import type { Engines } from './engines.ts';

export interface TaskLogs {
  readonly engines: Pick<Engines, 'of'>;
  /** Copies of the logs of containers that are gone; nothing for a task that there is none of. */
  readonly archive: { read(task: Logging, query: LogQuery): AsyncIterable<LogLine> };
}

/** Whose log it is, and where that is. */
type Logging = Pick<Task, 'id' | 'node'>;

/** The container's log or, when that is gone, also while this begins, the copy of it. */
export async function* readTaskLog(
  { engines, archive }: TaskLogs,
  { id, node }: Logging,
  query: LogQuery,
): AsyncGenerator<LogLine> {
  let begun = false;
  try {
    const engine = engines.of(node);
    const isThere = (await engine.inspect(id)) !== undefined;
    for await (const line of isThere ? engine.logs(id, query) : archive.read({ id, node }, query)) {
      begun = true;
      yield line;
    }
  } catch (error) {
    if (begun || !isGone(error)) throw error;
    yield* archive.read({ id, node }, query);
  }
}

/**
 * The copy of a log that is not written any more or, until that is made, what its container has; no engine is needed for a copy. A
 * node that is away keeps its own: nothing then, as of an engine that is.
 */
export async function* readEndedLog(logs: TaskLogs, task: Logging, query: LogQuery): AsyncGenerator<LogLine> {
  let begun = false;
  try {
    for await (const line of logs.archive.read(task, query)) {
      begun = true;
      yield line;
    }
  } catch (error) {
    if (begun || !isAway(error)) throw error;
  }
  if (!begun && (await hasContainer(logs, task))) yield* readTaskLog(logs, task, query);
}

const hasContainer = async ({ engines }: TaskLogs, { id, node }: Logging): Promise<boolean> => {
  try {
    return (await engines.of(node).inspect(id)) !== undefined;
  } catch {
    return false;
  }
};

const isAway = (error: unknown): boolean => error instanceof OrcaError && error.code === 'unavailable';

const isGone = (error: unknown): boolean => error instanceof OrcaError && error.code === 'not_found';
