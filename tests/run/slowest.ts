import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

const WORTH_TELLING = 10; // seconds

export interface Slowest {
  readonly note: (event: Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>) => void;
  /** `SECONDS s  FILE`, the slowest first. */
  readonly lines: () => readonly string[];
}

/** The files that took longest: the sum of their outermost tests. */
export const createSlowest = (): Slowest => {
  const seconds = new Map<string, number>();
  return {
    note: ({ data }) => {
      if (data.nesting > 0) return;
      const file = relative(process.cwd(), data.file ?? '?');
      seconds.set(file, (seconds.get(file) ?? 0) + data.details.duration_ms / 1000);
    },
    lines: () =>
      [...seconds]
        .filter(([, took]) => took >= WORTH_TELLING)
        .sort(([, a], [, b]) => b - a)
        .map(([file, took]) => `${took.toFixed(0).padStart(6)} s  ${file}`),
  };
};
