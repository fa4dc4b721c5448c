import { TASK_PHASES, type Task, type TaskEnd } from '../task.ts';
import { type RecordFormat, SAME } from './format.ts';
import { flag, mark, number, object, optional, start, text, word } from './shape.ts';

const end = object<TaskEnd>({
  at: number,
  wanted: flag,
  reason: text,
  exitCode: optional(number),
  oomKilled: optional(flag),
  deployment: optional(number),
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
    attempt: number,
    phase: word(...TASK_PHASES),
    routed: flag,
    routedAt: optional(number),
    routedStart: optional(start),
    unroutedAt: optional(number),
    container: optional(text),
    assignedAt: number,
    deployment: optional(number),
    givenUp: mark,
    reason: text,
    end: optional(end),
  }),
};
