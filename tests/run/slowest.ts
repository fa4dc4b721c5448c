import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

const WORTH_TELLING = 10; // seconds

/** A reporter that ends a run with the files that took longest: the sum of their outermost tests, in seconds. */
export const slowest = async function* (source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const seconds = new Map<string, number>();
  for await (const event of source) {
    if ((event.type !== 'test:pass' && event.type !== 'test:fail') || event.data.nesting > 0) continue;
    const file = relative(process.cwd(), event.data.file ?? '?');
    seconds.set(file, (seconds.get(file) ?? 0) + event.data.details.duration_ms / 1000);
  }
  const slow = [...seconds].filter(([, took]) => took >= WORTH_TELLING).sort(([, a], [, b]) => b - a);
  for (const [file, took] of slow) yield `${took.toFixed(0).padStart(6)} s  ${file}\n`;
};

// the test runner takes a reporter only as the default export
// biome-ignore lint/style/noDefaultExport: see above
export default slowest;
