import { z } from 'zod';
import { deploy } from './deploy.ts';
import { DeploymentBody, deployment } from './deployments.ts';
import { endpoint } from './endpoint.ts';
import { NodeBody } from './nodes.ts';

/** As the document of the scheduler has them. */
const Pending = z.object({
  project: z.string(),
  service: z.string(),
  slot: z.number().int(),
  reason: z.string().meta({ description: 'why no task of it serves yet' }),
});
export type Pending = z.infer<typeof Pending>;

const NodeSummary = NodeBody.pick({
  node_id: true,
  name: true,
  status: true,
  availability: true,
  runs_services: true,
  reason: true,
  tasks: true,
});

const SchedulerStatus = z.object({
  nodes: z.array(NodeSummary),
  tasks: z.object({
    total: z.number().int().meta({ description: 'that have not ended' }),
    serving: z.number().int(),
    pending: z.number().int().meta({ description: 'slots without a task that serves, of services that should run' }),
  }),
  pending: z.array(Pending),
  deployments: z
    .array(DeploymentBody.pick({ id: true, project: true, service: true, state: true, reason: true }))
    .meta({
      description: 'those under way',
    }),
});
export type SchedulerStatus = z.infer<typeof SchedulerStatus>;

export const schedulerStatus = endpoint({
  method: 'GET',
  path: '/api/v1/scheduler/status',
  access: 'viewer',
  scope: 'cluster',
  summary: 'How nodes, tasks and deployments stand, and what waits for a node',
  response: SchedulerStatus,
});

export const schedulerDeploy = {
  ...deploy,
  path: '/api/v1/scheduler/deploy',
  summary: 'Deploy services, under the path of another document',
};

export const assignPending = endpoint({
  method: 'POST',
  path: '/api/v1/scheduler/assign-pending',
  access: 'deployer',
  summary:
    'What is pending, and why: it is assigned by itself as soon as a node takes it, so there is nothing to force',
  changes: false,
  body: z.unknown(),
  response: z.object({ pending: z.array(Pending) }),
});

export const reconcileDeployment = endpoint({
  method: 'POST',
  path: '/api/v1/scheduler/reconcile-deployment/{id}',
  access: 'deployer',
  summary: 'How a deployment stands: it is reconciled by itself, at every change',
  changes: false,
  params: deployment.params,
  body: z.unknown(),
  response: DeploymentBody,
});

export const stopTask = endpoint({
  method: 'POST',
  path: '/api/v1/scheduler/stop-task/{id}',
  access: 'deployer',
  summary: 'Stop a task: refused for one that its service wants, which would be replaced at once',
  params: z.object({ id: z.string() }),
  body: z.unknown(),
  response: z.object({ ok: z.string(), task_id: z.string() }),
  errors: ['conflict'],
});
