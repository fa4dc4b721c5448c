import { z } from 'zod';
import { DEPLOYMENT_STATES } from '../core/model/deployment.ts';
import { text } from '../core/model/schema/read.ts';
import { FailureBody, ReleaseBody } from './deployments.ts';
import { DEPLOY_BODY, endpoint } from './endpoint.ts';
import { Flag } from './names.ts';

export const ACTIONS = ['create', 'replace', 'update', 'none', 'join', 'supersede', 'promote', 'revert'] as const;

/** At most this many services in one request. */
export const MAX_SERVICES = 500;

const SERVICES = `expected a list of 1 to ${MAX_SERVICES} services`;

/** At most this many volumes in one request. */
const MAX_VOLUMES = 500;

const VOLUMES = `expected a list of at most ${MAX_VOLUMES} volumes`;

const REPLACE = 'in place of canaries of these services that wait for a user, which are refused otherwise';

/** The services and volumes as `orca.yml` writes them, as lists. Each is held to the manifest's schema, all errors told at once. */
export const DeployBody = z.strictObject({
  services: z.array(z.record(z.string(), z.unknown()), SERVICES).min(1, SERVICES).max(MAX_SERVICES, SERVICES),
  volumes: z
    .array(z.record(z.string(), z.unknown()), VOLUMES)
    .max(MAX_VOLUMES, VOLUMES)
    .optional()
    .meta({ description: 'the volumes that the services mount, each with its `name` and `project`' }),
  replace: z.boolean('expected true or false').optional().meta({ description: REPLACE }),
});
export type DeployBody = z.input<typeof DeployBody>;

export const DeployedService = z.object({
  name: z.string(),
  project: z.string(),
  action: z.enum([...ACTIONS, 'refused']),
  state: z
    .enum([...DEPLOYMENT_STATES, 'unchanged', 'refused'])
    .meta({ description: 'of its deployment; unchanged: nothing to do; refused: it was not admitted' }),
  reason: z.string(),
  deployment: z.number().int().nullable(),
  revision: z.number().int().nullable(),
  serving: z
    .object({ revision: z.number().int(), image: z.string(), ready: z.number().int() })
    .nullable()
    .meta({ description: 'what serves now' }),
  failure: FailureBody.nullable(),
  release: ReleaseBody.nullable().meta({ description: 'what became of the release command of its deployment' }),
  /** Of a refusal. */
  code: z.string().nullable(),
  hint: z.string().nullable(),
  path: z.string().optional().meta({ description: 'of a refusal: the key in the service that it is about' }),
  warnings: z.array(z.string()).meta({ description: 'sentences that name their service' }),
});
export type DeployedService = z.infer<typeof DeployedService>;

export const DeployResult = z.object({
  deployed: z.array(z.string()).meta({ description: 'names: what is deployed now, unchanged ones included' }),
  errors: z.array(z.string()).meta({ description: '`name: reason`' }),
  status: z
    .number()
    .int()
    .meta({ description: 'the HTTP status: 200 all, 206 some, 202 not waited for, 409, 422, 503' }),
  services: z.array(DeployedService),
  /** Beside them when nothing was deployed. */
  error: z.string().optional(),
  code: z.string().optional(),
  hint: z.string().optional(),
  request_id: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type DeployResult = z.infer<typeof DeployResult>;

/** 200 all, 206 some, 202 not waited for; none: 422 `deploy_failed`, 409, 503. Streamed (`application/x-ndjson`): 200, from the beginning. */
export const deploy = endpoint({
  method: 'POST',
  path: '/api/v1/deploy',
  access: 'deployer',
  summary: 'Deploy services and wait for the outcome',
  query: z.strictObject({
    wait: Flag.optional(),
    replace: Flag.optional().meta({ description: REPLACE }),
    plan: text("expected a plan's hash", 128).optional(),
  }),
  body: DeployBody,
  bodyLimit: DEPLOY_BODY,
  response: DeployResult,
  produces: 'ndjson',
  answers: [200, 202, 206],
  errors: ['conflict', 'deploy_failed', 'unplaceable', 'not_yet_supported'],
  audited: ({ services }) => ({ services: audited(services) }),
});

const AUDITED = 20;

/** By name, as far as they have one: they are not looked at yet. */
function audited(services: readonly unknown[]): readonly string[] {
  const names = services.slice(0, AUDITED).map((service) => {
    const { project, name } = (service ?? {}) as { readonly project?: unknown; readonly name?: unknown };
    return `${project}/${name}`.slice(0, 127);
  });
  return services.length > AUDITED ? [...names, `and ${services.length - AUDITED} more`] : names;
}
