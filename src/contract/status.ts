import { z } from 'zod';
import { SERVICE_WORDS } from '../core/status/words.ts';
import { endpoint } from './endpoint.ts';
import { Instant, Name } from './names.ts';

/** In this order; a task only moves forward. Readiness and restarts are fields of their own. */
export const TASK_STATES = ['assigned', 'starting', 'running', 'stopping', 'stopped', 'failed'] as const;

export const HEALTH_WORDS = ['ready', 'waiting', 'failing', 'unknown', 'none'] as const;

export const LastRestart = z.object({
  at: Instant,
  reason: z.string().meta({ description: '`ran out of memory (limit 64Mi)`' }),
  exit_code: z.number().int().nullable().meta({ description: 'null if nobody saw it' }),
  oom_killed: z.boolean(),
});

export type LastRestart = z.infer<typeof LastRestart>;

export const TaskStatus = z.object({
  id: z.string(),
  slot: z.number().int(),
  node: z.string(),
  state: z.enum(TASK_STATES).meta({ description: 'the furthest that was observed' }),
  revision: z.number().int(),
  health: z.enum(HEALTH_WORDS).meta({
    description:
      'ready: serves; waiting: not ready yet; failing: missed its probes; unknown: cannot be seen now; none: has ended',
  }),
  routed: z.boolean().meta({ description: 'every data plane worker sends it requests' }),
  kept_until: Instant.nullable().meta({
    description: 'it was replaced, gets no requests, and runs until then, ready to be switched back to',
  }),
  restarts: z.number().int().meta({ description: 'by Docker, in place' }),
  last_restart: LastRestart.nullable().meta({ description: 'how the run before this one ended' }),
  started_at: Instant.nullable(),
  reason: z.string(),
  exit_code: z.number().int().nullable(),
});
export type TaskStatus = z.infer<typeof TaskStatus>;

export const LastFailure = z.object({
  at: Instant,
  reason: z.string(),
  task: z.string().nullable(),
  exit_code: z.number().int().nullable(),
});

export const TrafficStatus = z.object({
  minutes: z.number().int().meta({
    description:
      'how many: the one that runs and the whole ones before it. While a canary runs those that began since its step was reached, 60 at most',
  }),
  since: Instant.meta({ description: 'when the first of them began, or the server was first told, if that is later' }),
  revisions: z.array(
    z.object({
      revision: z
        .number()
        .int()
        .nullable()
        .meta({ description: 'null: requests that no task has seen, as none was ready' }),
      share_asked: z
        .number()
        .nullable()
        .meta({ description: 'while a canary runs: what part of the requests it is to have, 0 to 1' }),
      share: z.number().nullable().meta({
        description:
          'of the requests that tasks have seen, 0 to 1; null: there were none, or it is those that none saw',
      }),
      requests: z.number().int(),
      errors: z.number().int().meta({ description: 'answered with 5xx, or failed; each request once' }),
      failed: z.number().int().meta({ description: "by a task's fault: answered 502 or 504 for it, or cut" }),
      error_share: z.number().meta({ description: 'errors of requests, 0 to 1' }),
      p50_ms: z
        .number()
        .nullable()
        .meta({ description: 'half had the head of their answer within it; at most 3 % off' }),
      p99_ms: z.number().nullable(),
    }),
  ),
});
export type TrafficStatus = z.infer<typeof TrafficStatus>;

export const ServiceStatus = z.object({
  name: z.string(),
  project: z.string(),
  status: z.enum(SERVICE_WORDS),
  reason: z.string().meta({ description: 'why it has this status' }),
  replicas: z.number().int().meta({ description: 'wanted' }),
  running_replicas: z.number().int().nullable().meta({
    description: 'seen ready now, and routed if the service has a domain; null: none is seen, as Docker cannot be read',
  }),
  scaled_from: z.number().int().nullable().meta({ description: 'the count in the file, while a manual scale holds' }),
  image: z.string().meta({ description: 'as written' }),
  digest: z.string().nullable(),
  domain: z.string().nullable().meta({ description: 'the first of `domains`' }),
  domains: z.array(z.string()),
  port: z.number().int().nullable(),
  revision: z.number().int(),
  serving_revision: z.number().int().nullable(),
  deployment: z.number().int().nullable(),
  last_failure: LastFailure.nullable(),
  traffic: TrafficStatus.nullable().meta({
    description: 'what the ingress counted of each revision, over the same minutes; null: no data plane tells it',
  }),
  tasks: z.array(TaskStatus),
  unknown: z.array(z.string()).meta({ description: 'containers of the service that no task accounts for' }),
});
export type ServiceStatus = z.infer<typeof ServiceStatus>;

export const Status = z.object({
  cluster_name: z.string(),
  http_port: z
    .number()
    .int()
    .nullable()
    .meta({ description: 'where the ingress serves domains over plain HTTP; null: it does not' }),
  services: z.array(ServiceStatus),
  warnings: z
    .array(z.string())
    .meta({ description: 'what could not be observed, and what is not in force, as sentences' }),
});
export type Status = z.infer<typeof Status>;

export const status = endpoint({
  method: 'GET',
  path: '/api/v1/status',
  access: 'viewer',
  summary: 'The services, as observed',
  query: z.strictObject({ project: Name.optional() }),
  response: Status,
});

export const statusV1 = endpoint({ ...status, path: '/v1/status' });
