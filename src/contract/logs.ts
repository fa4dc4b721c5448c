import { z } from 'zod';
import { text } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';
import { Count, Flag, ProjectQuery, ServiceParams } from './names.ts';

export const MAX_TAIL = 100_000;
export const DEFAULT_TAIL = 100;

const SINCE = 'expected a duration such as 10m, a time such as 2026-01-31T12:00:00Z, or epoch milliseconds';

/** Back from now (`10m`; twelve digits at most, as more are no number of days any more), an RFC 3339 time, or epoch milliseconds. */
export const Since = z
  .string(SINCE)
  .regex(/^(\d{1,12}(ms|s|m|h|d)|\d{9,15}|\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?)$/, SINCE);

const TASK = 'expected a task id or a slot';

/** Lines are `<RFC 3339 time> <task> <text>`, oldest first. */
export const logs = endpoint({
  method: 'GET',
  path: '/api/v1/services/{name}/logs',
  access: 'viewer',
  summary: 'Log lines of all tasks, ended ones included, merged by time',
  params: ServiceParams,
  query: ProjectQuery.extend({
    tail: Count(MAX_TAIL).optional(),
    follow: Flag.optional(),
    since: Since.optional(),
    task: z
      .string(TASK)
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, TASK)
      .optional()
      .meta({ description: 'a task id, or a slot number' }),
    grep: text('expected text', 256).optional().meta({ description: 'lines that contain this text' }),
  }),
  response: z.string(),
  produces: 'text',
});
