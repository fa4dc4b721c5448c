import type { LogLine } from '../../engine/engine.ts';

/** How far each task's log was read, so that reading on from there repeats nothing and leaves nothing out. */
export interface Marks {
  note(task: string, line: LogLine): void;
  /** The time of the last line; undefined if none was read. */
  lastAt(task: string): number | undefined;
  /** True for each line of that time that was read before. Called for the lines from that time on, in order. */
  skipper(task: string): (line: LogLine) => boolean;
}

export function createMarks(): Marks {
  /** `count` lines have the time `at`: several fall on one millisecond. */
  const marks = new Map<string, { readonly at: number; readonly count: number }>();
  return {
    note(task, { at }) {
      const before = marks.get(task);
      marks.set(task, { at, count: before?.at === at ? before.count + 1 : 1 });
    },
    lastAt: (task) => marks.get(task)?.at,
    skipper(task) {
      const mark = marks.get(task);
      let left = mark?.count ?? 0;
      return ({ at }) => {
        if (!mark || at > mark.at) return false;
        if (at < mark.at) return true;
        left -= 1;
        return left >= 0;
      };
    },
  };
}
