import { z } from 'zod';
import { oneOf } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';
import { Count, Instant } from './names.ts';
import { Since } from './since.ts';

export const MAX_AUDIT = 1000;

export const AuditBody = z.object({
  at: Instant,
  actor: z.string().nullable().meta({ description: 'the token, by its name; null: nobody that is known' }),
  actor_id: z.string().nullable(),
  role: z.string().nullable(),
  address: z.string(),
  method: z.string(),
  path: z.string(),
  about: z.record(z.string(), z.unknown()).nullable(),
  status: z.number().int(),
  code: z.string().nullable(),
  result: z.enum(['done', 'begun', 'failed', 'refused']),
  request_id: z.string().nullable().meta({ description: 'of the request, as its answer and the log have it' }),
});
export type AuditBody = z.infer<typeof AuditBody>;

export const audit = endpoint({
  method: 'GET',
  path: '/api/v1/audit',
  access: 'admin',
  scope: 'cluster',
  summary: 'Who changed what, and who was refused; the newest, in the order of time',
  query: z.strictObject({
    since: Since.optional(),
    limit: Count(MAX_AUDIT).optional(),
    only: oneOf(['changes', 'refusals']).optional(),
  }),
  response: z.object({ entries: z.array(AuditBody) }),
});
