import { z } from 'zod';
import { wholeNumber } from '../core/model/schema/read.ts';
import { DeployResult } from './deploy.ts';
import { endpoint } from './endpoint.ts';
import { Flag, ProjectQuery, ServiceParams } from './names.ts';
import { Plan } from './plan.ts';

const RollbackBody = z
  .strictObject({
    to: wholeNumber(1, Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'a revision; without it the newest one before the running one that succeeded' }),
  })
  .optional();

const WaitQuery = ProjectQuery.extend({ wait: Flag.optional() });

/** A deployment like any other, and answered like one. */
export const rollback = endpoint({
  method: 'POST',
  path: '/api/v1/services/{name}/rollback',
  access: 'deployer',
  summary: 'Go back to an earlier revision and wait for the outcome',
  params: ServiceParams,
  query: WaitQuery,
  body: RollbackBody,
  response: DeployResult,
  produces: 'ndjson',
  answers: [200, 202, 206],
  errors: ['deploy_failed', 'unplaceable'],
  audited: (body) => (body?.to === undefined ? {} : { to: body.to }),
});

export const rollbackPlan = endpoint({
  method: 'POST',
  path: '/api/v1/services/{name}/rollback/plan',
  access: 'deployer',
  summary: 'What rollback would do, without doing it',
  params: ServiceParams,
  query: ProjectQuery,
  body: RollbackBody,
  changes: false,
  response: Plan,
});

export const restart = endpoint({
  method: 'POST',
  path: '/api/v1/services/{name}/restart',
  access: 'deployer',
  summary: 'Replace every task by a new one of the same revision and wait for the outcome',
  params: ServiceParams,
  query: WaitQuery,
  body: z.strictObject({}).optional(),
  response: DeployResult,
  produces: 'ndjson',
  answers: [200, 202, 206],
  errors: ['deploy_failed', 'unplaceable'],
});
