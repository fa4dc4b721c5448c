import type { LogLine } from '../../engine/engine.ts';

/** A line with the task that wrote it. */
export interface TaskLine extends LogLine {
  readonly task: string;
}

/** Several logs, each in order, as one in order of time. Reads no further ahead than one line of each. */
export async function* merge(logs: readonly AsyncIterable<TaskLine>[]): AsyncGenerator<TaskLine> {
  const readers = logs.map((log) => log[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(readers.map((reader) => reader.next()));
    for (;;) {
      const first = earliest(heads);
      const head = heads[first];
      if (!head || head.done) return;
      yield head.value;
      heads[first] = (await readers[first]?.next()) ?? head;
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return?.()));
  }
}

/** -1 when all have ended. */
function earliest(heads: readonly IteratorResult<TaskLine>[]): number {
  return heads.reduce((best, head, index) => {
    if (head.done) return best;
    const leader = heads[best];
    return leader && !leader.done && leader.value.at <= head.value.at ? best : index;
  }, -1);
}
