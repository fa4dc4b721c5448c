import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Count, Flag, ProjectQuery, ServiceParams } from './names.ts';

export const MAX_TAIL = 100_000;
export const DEFAULT_TAIL = 100;

/** Back from now (`10m`), an RFC 3339 time, or epoch milliseconds. */
export const Since = z.string().regex(/^(\d+(ms|s|m|h|d)|\d{9,15}|\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?)$/, {
  error: 'expected a duration such as 10m, a time such as 2026-01-31T12:00:00Z, or epoch milliseconds',
});

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
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'expected a task id or a slot')
      .optional()
      .meta({ description: 'a task id, or a slot number' }),
    grep: z.string().max(256).optional().meta({ description: 'lines that contain this text' }),
  }),
  response: z.string(),
  produces: 'text',
});
