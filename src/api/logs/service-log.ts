import type { Task } from '../../core/model/task.ts';
import type { LogLine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import { readEndedLog, readTaskLog } from '../../engine/task-log.ts';
import type { Marks } from './marks.ts';
import { merge, type TaskLine } from './merge.ts';
import { createTail, type Tail } from './tail.ts';
import { textOf } from './text.ts';

/** The logs of ended tasks, copied before their containers were removed. */
export interface LogArchive {
  /** Empty if there is none. */
  read(
    task: Pick<Task, 'id' | 'node'>,
    query: { readonly tail?: number | undefined; readonly since?: number | undefined },
  ): AsyncIterable<LogLine>;
}

export interface LogSources {
  readonly engines: Engines;
  readonly archive: LogArchive;
}

export interface LogWish {
  readonly tail: number;
  /** Epoch ms. */
  readonly since?: number | undefined;
  /** Only lines with this text; all if it is empty. */
  readonly grep: string;
  readonly signal: AbortSignal;
}

/** What is kept in memory for a `tail`, at most, bytes. Older lines go first. */
const MOST_KEPT = 16 * 1024 * 1024;
/** The longest line, bytes: 16 KiB of text with its time and its task. */
const LINE = 17 * 1024;
/** What was read ahead of one task's log, and what is, for a reader that does not read on. */
const [READ, FOLLOWED] = [256 * 1024, 64 * 1024];

/** Bytes of memory that reading the history takes, and those that following takes. */
export const roomFor = (tasks: number, { tail }: Pick<LogWish, 'tail'>) => ({
  history: roomForTail(tail) + tasks * READ,
  following: tasks * FOLLOWED,
});

const roomForTail = (tail: number): number => Math.min(MOST_KEPT, tail * LINE);

/** The last lines that were written so far, of all the tasks, in order of time. */
export async function readHistory(
  sources: LogSources,
  tasks: readonly Task[],
  wish: LogWish,
  marks: Marks,
): Promise<Tail> {
  const logs = tasks.map((task) => linesOf(sources, task, wish, marks));
  const tail = createTail(wish.tail, roomForTail(wish.tail));
  for await (const line of matching(merge(logs), wish.grep)) tail.add(textOf(line));
  return tail;
}

async function* linesOf(sources: LogSources, task: Task, wish: LogWish, marks: Marks): AsyncGenerator<TaskLine> {
  const { since } = wish;
  for await (const line of sourceOf(sources, task, wish)) {
    marks.note(task.id, line);
    if (since === undefined || line.at >= since) yield { ...line, task: task.id };
  }
}

/** Where lines are chosen by their text a log is read whole: its last lines may not have it. */
function sourceOf(sources: LogSources, task: Task, { since, tail, grep, signal }: LogWish): AsyncIterable<LogLine> {
  const query = { since, tail: grep === '' ? tail : undefined, signal };
  return (task.phase === 'ended' ? readEndedLog : readTaskLog)(sources, task, query);
}

export async function* matching(lines: AsyncIterable<TaskLine>, grep: string): AsyncGenerator<TaskLine> {
  for await (const line of lines) if (line.text.includes(grep)) yield line;
}
