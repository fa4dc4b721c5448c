import type { ObservedEnding } from '../model/container.ts';
import { describeEnding, type Ending } from '../model/ending.ts';
import type { Task } from '../model/task.ts';
import type { Sight, TaskView } from './observed.ts';

/** How its container ended last, in words: with the limit that its task has. */
export const howEnded = (sight: Sight, { task }: TaskView, ending: Ending): string =>
  describeEnding(ending, memoryOf(sight, task));

function memoryOf({ target, from }: Sight, { hash }: Task): number | undefined {
  const revision = [target, from].find((one) => one?.hash === hash);
  return revision?.spec.resources.memory;
}

/** How the run before this one ended; undefined if this is its container's first. Of what was seen, and what was noted of it before. */
export function lastRestart({ task, container }: TaskView): ObservedEnding | undefined {
  if (!container || container === 'unknown') return task.restarted;
  const { lastEnd, state } = container;
  if (!lastEnd || !['running', 'paused', 'restarting'].includes(state)) return undefined;
  const noted = task.restarted?.finishedAt === lastEnd.finishedAt ? task.restarted : undefined;
  return {
    ...lastEnd,
    exitCode: lastEnd.exitCode ?? noted?.exitCode,
    seenAt: Math.min(lastEnd.seenAt, noted?.seenAt ?? lastEnd.seenAt),
  };
}
