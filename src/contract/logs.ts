import { z } from 'zod';
import { text } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';
import { Count, Flag, ProjectQuery, ServiceParams } from './names.ts';
import { Since } from './since.ts';
import { TaskName } from './task-name.ts';

export const MAX_TAIL = 100_000;
export const DEFAULT_TAIL = 100;

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
    task: TaskName.optional(),
    grep: text('expected text', 256).optional().meta({ description: 'lines that contain this text' }),
  }),
  response: z.string(),
  produces: 'text',
});
