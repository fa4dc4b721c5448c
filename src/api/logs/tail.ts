import type { TaskLine } from './merge.ts';

/** What is kept in memory for a `tail`, at most, characters. Older lines go first. */
const MAX_KEPT = 16 * 1024 * 1024;

/** The last `count` lines. */
export async function lastLines(lines: AsyncIterable<TaskLine>, count: number): Promise<readonly TaskLine[]> {
  const kept: TaskLine[] = [];
  let first = 0;
  let size = 0;
  for await (const line of lines) {
    kept.push(line);
    size += line.text.length;
    while (kept.length - first > count || size > MAX_KEPT) {
      size -= kept[first]?.text.length ?? 0;
      first += 1;
    }
    if (first > count) first -= kept.splice(0, first).length;
  }
  return kept.slice(first);
}
