import { z } from 'zod';
import { STRATEGIES } from '../core/model/deployment.ts';
import { ACTIONS, DeployBody } from './deploy.ts';
import { DEPLOY_BODY, endpoint, VIEWER_BODY } from './endpoint.ts';

export const PlannedService = z.object({
  name: z.string(),
  project: z.string(),
  action: z.enum(ACTIONS).exclude(['join', 'supersede', 'promote', 'revert']),
  reason: z.string(),
  diff: z.array(z.object({ path: z.string(), from: z.unknown(), to: z.unknown() })),
  placement: z
    .array(z.object({ slot: z.number().int(), node: z.string(), why: z.string() }))
    .meta({ description: 'tasks that are started, those that move to another node among them' }),
  refused: z
    .array(z.object({ node: z.string(), why: z.string() }))
    .meta({ description: 'nodes that have none of its tasks and would take none now; 100 at most' }),
  strategy: z.enum(STRATEGIES),
  second_set: z
    .object({
      tasks: z.number().int().meta({ description: 'that are started; kept ones that are switched back to are not' }),
      memory_bytes: z
        .number()
        .int()
        .nullable()
        .meta({ description: 'of them together, by `reserve.memory`, or `resources.memory`; null: neither is given' }),
      keep_ms: z.number().int().meta({ description: 'how long the old set stays after the switch' }),
    })
    .nullable()
    .meta({ description: 'of strategy blue-green: what it needs beside the set that serves' }),
  canary: z
    .object({
      by: z
        .string()
        .meta({ description: 'what decides who gets the new revision: client, request, header X, cookie X' }),
      steps: z.array(
        z.object({
          weight: z.number().meta({ description: 'percent of the requests' }),
          tasks: z.number().int().meta({ description: 'of the new revision, beside the whole old set' }),
        }),
      ),
    })
    .nullable()
    .meta({ description: 'of strategy canary: its steps; null where the new revision goes straight through' }),
  downtime_ms: z.number().int(),
});
export type PlannedService = z.infer<typeof PlannedService>;

export const PlannedStep = z.object({
  id: z.string(),
  kind: z.string(),
  service: z.string(),
  project: z.string(),
  slot: z.number().int().nullable(),
  reason: z.string(),
  downtime_ms: z.number().int(),
});
export type PlannedStep = z.infer<typeof PlannedStep>;

export const Plan = z.object({
  hash: z.string().meta({ description: 'of everything below' }),
  services: z.array(PlannedService),
  steps: z.array(PlannedStep),
  pull: z.array(z.object({ image: z.string(), bytes: z.number().int().nullable() })),
  volumes: z
    .array(
      z.object({
        name: z.string().meta({ description: 'on the engine: `<project>_<name>`' }),
        project: z.string(),
        action: z.enum(['create', 'adopt']),
        reason: z.string(),
      }),
    )
    .meta({ description: 'volumes that are made, empty, or taken over with their data; those in use are not named' }),
  warnings: z.array(z.string()).meta({ description: 'sentences that name their service' }),
  kept: z
    .array(z.object({ project: z.string(), name: z.string() }))
    .meta({ description: 'services of the same projects that are not in the request: they stay as they are' }),
  errors: z
    .array(
      z.object({
        name: z.string(),
        project: z.string(),
        code: z.string(),
        error: z.string(),
        hint: z.string().nullable(),
        path: z.string().optional().meta({ description: 'the key in the service that it is about' }),
      }),
    )
    .meta({ description: 'services that deploy would refuse' }),
});
export type Plan = z.infer<typeof Plan>;

export const plan = endpoint({
  method: 'POST',
  path: '/api/v1/plan',
  access: 'viewer',
  summary: 'What deploy would do, without doing it',
  body: DeployBody,
  bodyLimit: DEPLOY_BODY,
  viewerBodyLimit: VIEWER_BODY,
  changes: false,
  errors: ['conflict'],
  response: Plan,
});
