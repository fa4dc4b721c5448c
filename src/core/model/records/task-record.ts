import { type Kept, type ReleaseRun, TASK_PHASES, type Task, type TaskEnd, type ToldRestart } from '../task.ts';
import { type RecordFormat, SAME } from './format.ts';
import { flag, map, mark, moment, number, object, optional, text, word } from './shape.ts';

const end = object<TaskEnd>({
  at: number,
  wanted: flag,
  reason: text,
  exitCode: optional(number),
  oomKilled: optional(flag),
  deployment: optional(number),
});

const restarted = object<ToldRestart>({
  exitCode: optional(number),
  oomKilled: flag,
  finishedAt: moment,
  seenAt: number,
  count: number,
  toldAt: number,
});

export const TASK_RECORD: RecordFormat<Task> = {
  upgrades: [SAME],
  shape: object<Task>({
    id: text,
    project: text,
    service: text,
    slot: number,
    revision: number,
    hash: text,
    node: text,
    address: text,
    networks: optional(map(text)),
    attempt: number,
    phase: word(...TASK_PHASES),
    routed: flag,
    routedAt: optional(number),
    firstRoutedAt: optional(number),
    routedStart: optional(moment),
    unroutedAt: optional(number),
    stoppingSince: optional(number),
    container: optional(text),
    assignedAt: number,
    deployment: optional(number),
    givenUp: mark,
    lost: mark,
    release: optional(object<ReleaseRun>({ begunAt: optional(number) })),
    reason: text,
    end: optional(end),
    kept: optional(object<Kept>({ at: number, ms: number })),
    restarted: optional(restarted),
  }),
};
