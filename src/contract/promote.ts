import { z } from 'zod';
import { DeployResult } from './deploy.ts';
import { endpoint } from './endpoint.ts';
import { Flag, ProjectQuery, ServiceParams } from './names.ts';

/** Waits until the step is reached, or for the end of the deployment, and is answered as a deploy. */
export const promote = endpoint({
  method: 'POST',
  path: '/api/v1/services/{name}/promote',
  access: 'deployer',
  summary: 'Give all requests to the revision of a canary, or those of its next step, and wait for the outcome',
  params: ServiceParams,
  query: ProjectQuery.extend({ wait: Flag.optional() }),
  body: z
    .strictObject({
      step: z
        .boolean('expected true or false')
        .optional()
        .meta({ description: 'the next step alone; after the last one that is all requests' }),
    })
    .optional(),
  response: DeployResult,
  produces: 'ndjson',
  answers: [200, 202],
  errors: ['deploy_failed'],
  audited: (body) => (body?.step ? { step: true } : {}),
});
