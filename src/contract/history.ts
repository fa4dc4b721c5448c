import { z } from 'zod';
import { DEPLOYMENT_STATES } from '../core/model/deployment.ts';
import { endpoint } from './endpoint.ts';
import { Count, Instant, ProjectQuery, ServiceParams } from './names.ts';

export const RevisionBody = z.object({
  revision: z.number().int(),
  current: z.boolean().meta({ description: 'the service is at it, or on its way to it' }),
  succeeded: z.boolean().meta({ description: 'some deployment brought it to success' }),
  image: z.string(),
  digest: z.string().nullable(),
  changed: z
    .array(z.string())
    .nullable()
    .meta({ description: 'keys that differ from the revision before it; null where that is not kept' }),
  rollback_of: z.number().int().nullable().meta({ description: 'it is this earlier revision again' }),
  note: z.string().nullable(),
  by: z.string().nullable().meta({ description: 'the name of the token that asked for it' }),
  created_at: Instant,
  succeeded_at: Instant.nullable(),
  deployment: z.number().int().nullable().meta({ description: 'the newest one that brought it, while that is kept' }),
  outcome: z.enum(DEPLOYMENT_STATES).nullable().meta({ description: 'of that deployment' }),
});
export type RevisionBody = z.infer<typeof RevisionBody>;

export const History = z.object({
  service: z.string(),
  project: z.string(),
  revisions: z.array(RevisionBody).meta({ description: 'newest first' }),
  rollback_to: z.number().int().nullable().meta({ description: 'where a rollback goes that names none' }),
});
export type History = z.infer<typeof History>;

export const history = endpoint({
  method: 'GET',
  path: '/api/v1/services/{name}/history',
  access: 'viewer',
  summary: 'The revisions of a service that are kept, newest first',
  params: ServiceParams,
  query: ProjectQuery,
  response: History,
});

export const RevisionDiff = z.object({
  service: z.string(),
  project: z.string(),
  from: z.number().int(),
  to: z.number().int(),
  diff: z
    .array(
      z.object({
        path: z.string(),
        from: z.string().nullable(),
        to: z.string().nullable(),
        lines: z.array(z.string()).optional().meta({
          description: 'of a config file that is text: what differs, each line with ` `, `-` or `+` before it',
        }),
      }),
    )
    .meta({ description: 'every key that differs; to who may not deploy, values that may be secret are fingerprints' }),
});
export type RevisionDiff = z.infer<typeof RevisionDiff>;

const RevisionNumber = Count(Number.MAX_SAFE_INTEGER);

export const diff = endpoint({
  method: 'GET',
  path: '/api/v1/services/{name}/diff',
  access: 'viewer',
  summary: 'What differs between two revisions of a service',
  params: ServiceParams,
  query: ProjectQuery.extend({ from: RevisionNumber, to: RevisionNumber }),
  response: RevisionDiff,
});
