import { z } from 'zod';
import { DEPLOYMENT_STATES, RELEASE_ENDS, STRATEGIES } from '../core/model/deployment.ts';
import { oneOf } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';
import { Count, Instant, Name } from './names.ts';
import { TaskStatus, TrafficStatus } from './status.ts';

/** Why a rollout failed: which task, where, and its last words. */
export const FailureBody = z.object({
  reason: z.string(),
  task: z.string().nullable(),
  slot: z.number().int().nullable(),
  node: z.string().nullable(),
  exit_code: z.number().int().nullable(),
  failed_requests: z.number().int(),
  last_log: z.array(z.string()),
  at: Instant,
});
export type FailureBody = z.infer<typeof FailureBody>;

/** What became of the release command of a deployment. */
export const ReleaseBody = z.object({
  state: z.enum(['waiting', 'running', ...RELEASE_ENDS]).meta({
    description:
      '`waiting`: it has not begun, and may yet; `never-began`: it did not run; `unknown`: nobody has seen whether it ran, or how it ended',
  }),
  exit_code: z.number().int().nullable(),
  reason: z.string(),
});
export type ReleaseBody = z.infer<typeof ReleaseBody>;

export const DeploymentBody = z.object({
  id: z.number().int(),
  project: z.string(),
  service: z.string(),
  from: z.number().int().nullable().meta({ description: 'the revision gone back to on failure' }),
  to: z.number().int(),
  state: z.enum(DEPLOYMENT_STATES),
  strategy: z.enum(STRATEGIES),
  step: z.string().nullable().meta({ description: 'of a canary: `2 of 3`' }),
  weight: z
    .number()
    .nullable()
    .meta({ description: 'of a canary: percent of the requests that the new revision gets; 100: it is promoted' }),
  reason: z.string(),
  superseded_by: z.number().int().nullable(),
  tasks: z.array(TaskStatus),
  traffic: TrafficStatus.nullable().meta({
    description: 'while a canary runs: what the ingress counted of both revisions since its step was reached',
  }),
  failure: FailureBody.nullable(),
  release: ReleaseBody.nullable().meta({
    description: 'its release command; null: it has none, or needed none, or is of a version that did not keep it',
  }),
  last_log: z.array(z.string()),
  started_at: Instant,
  ended_at: Instant.nullable(),
});
export type DeploymentBody = z.infer<typeof DeploymentBody>;

export const deployments = endpoint({
  method: 'GET',
  path: '/api/v1/deployments',
  access: 'viewer',
  summary: 'Deployments, newest first',
  query: z.strictObject({
    project: Name.optional(),
    service: Name.optional(),
    state: oneOf(DEPLOYMENT_STATES).optional(),
    page: Count(1_000_000).optional(),
    limit: Count(500).optional(),
  }),
  response: z.object({ deployments: z.array(DeploymentBody), total: z.number().int() }),
});

export const deployment = endpoint({
  method: 'GET',
  path: '/api/v1/deployments/{id}',
  access: 'viewer',
  summary: 'One deployment',
  params: z.object({ id: Count(Number.MAX_SAFE_INTEGER) }),
  response: DeploymentBody,
});
