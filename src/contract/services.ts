import { z } from 'zod';
import { wholeNumber } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';
import { Flag, ProjectParams, ProjectQuery, ServiceParams } from './names.ts';

export const MAX_REPLICAS = 1000;

export const scale = endpoint({
  method: 'POST',
  path: '/api/v1/services/{name}/scale',
  access: 'deployer',
  summary: 'Set the number of replicas until the count in the file changes',
  params: ServiceParams,
  query: ProjectQuery,
  body: z.strictObject({ replicas: wholeNumber(0, MAX_REPLICAS) }),
  audited: ({ replicas }) => ({ replicas }),
  response: z.object({
    service: z.string(),
    project: z.string(),
    replicas: z.number().int(),
    previous: z.number().int(),
    scaled_from: z.number().int().nullable(),
  }),
  errors: ['unplaceable'],
});

const Stopped = z.object({
  ok: z.string(),
  stopped: z.array(z.string()),
  removed: z.array(z.string()).meta({ description: 'being removed: tasks first, then the record' }),
});

export const start = endpoint({
  method: 'POST',
  path: '/api/v1/services/{name}/start',
  access: 'deployer',
  summary: 'Start a service that was stopped',
  params: ServiceParams,
  query: ProjectQuery,
  response: z.object({ ok: z.string(), service: z.string(), project: z.string() }),
  errors: ['unplaceable'],
});

const PurgeQuery = ProjectQuery.extend({ purge: Flag.optional() });

export const removeService = endpoint({
  method: 'DELETE',
  path: '/api/v1/services/{name}',
  access: 'deployer',
  summary: 'Stop a service; with `purge` remove it (never its volumes)',
  params: ServiceParams,
  query: PurgeQuery,
  response: Stopped,
});

export const removeProject = endpoint({
  method: 'DELETE',
  path: '/api/v1/projects/{name}',
  access: 'deployer',
  summary: 'Stop all services of a project; with `purge` remove them',
  params: ProjectParams,
  query: z.strictObject({ purge: Flag.optional() }),
  response: Stopped,
  errors: ['conflict'],
});

export const stopAll = endpoint({
  method: 'POST',
  path: '/api/v1/stop',
  access: 'admin',
  scope: 'cluster',
  summary: 'Stop every service of the cluster',
  body: z.strictObject({}).optional(),
  response: Stopped,
  errors: ['conflict'],
});
