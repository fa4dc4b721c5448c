import { z } from 'zod';
import { read, text } from '../core/model/schema/read.ts';
import { DELIVERY_OUTCOMES, PROVIDERS } from '../core/model/webhook.ts';
import { readRepository } from '../core/webhooks/repository.ts';
import { endpoint } from './endpoint.ts';
import { Count, Instant, Name, ProjectQuery } from './names.ts';

/** The one path that every provider is given. */
export const DELIVERY_PATH = '/api/v1/webhooks/github';
/** GitHub's own limit. */
export const DELIVERY_BODY = 25 * 1024 * 1024;
/** Of one webhook. */
export const MAX_SERVICES = 20;

/** Not in the words of other refusals, to which what was found is added. */
const SECRET = 'a secret has 16 to 255 printable characters without spaces';

export const AddWebhook = z.strictObject({
  repo: read(text('expected a repository such as acme/shop', 500), readRepository),
  service_name: Name.optional(),
  services: z.array(Name, 'expected a list of services').min(1).max(MAX_SERVICES).optional(),
  project: Name.optional(),
  branch: text('expected the name of a branch', 200)
    .regex(/^[^\s~^:?*[\\]+$/, 'expected the name of a branch')
    .default('main'),
  secret: z
    .string(SECRET)
    .regex(/^[\x21-\x7e]{16,255}$/, SECRET)
    .optional(),
});
export type AddWebhook = z.input<typeof AddWebhook>;

export const Invocation = z.object({
  at: Instant,
  delivery: z.string().meta({ description: "the provider's id of it" }),
  provider: z.enum(PROVIDERS),
  event: z.string(),
  ref: z.string().nullable(),
  commit: z.string().nullable(),
  outcome: z.enum(DELIVERY_OUTCOMES),
  deployments: z.array(z.number().int()),
  reason: z.string(),
});
export type Invocation = z.infer<typeof Invocation>;

export const WebhookBody = z.object({
  id: z.string(),
  repo: z.string(),
  branch: z.string(),
  project: z.string(),
  service_name: z.string().meta({ description: 'the first of its services' }),
  services: z.array(z.string()),
  created_at: Instant,
  created_by: z.string(),
  last: Invocation.nullable().meta({ description: 'the newest delivery' }),
});
export type WebhookBody = z.infer<typeof WebhookBody>;

export const NewWebhook = z.object({
  id: z.string(),
  path: z.string().meta({ description: "what the provider's URL ends with" }),
  url: z.string().nullable().meta({ description: 'the whole, where `api.domain` is set' }),
  secret: z.string().optional().meta({ description: 'if it was generated; it is shown only here' }),
  repo: z.string(),
  branch: z.string(),
  project: z.string(),
  services: z.array(z.string()),
});
export type NewWebhook = z.infer<typeof NewWebhook>;

export const DeliveryAnswer = z.object({
  delivery: z.string(),
  repeat: z.boolean().meta({ description: 'it was told of before' }),
  outcome: z.enum(DELIVERY_OUTCOMES),
  reason: z.string(),
  deployments: z.array(z.number().int()),
  webhooks: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(DELIVERY_OUTCOMES),
      reason: z.string(),
      deployments: z.array(z.number().int()),
    }),
  ),
});
export type DeliveryAnswer = z.infer<typeof DeliveryAnswer>;

const WebhookParams = z.object({ id: text('expected an id', 64) });

export const webhooks = endpoint({
  method: 'GET',
  path: '/api/v1/webhooks',
  access: 'viewer',
  summary: 'Webhooks, and what came of their newest delivery',
  query: ProjectQuery,
  response: z.object({ webhooks: z.array(WebhookBody) }),
});

export const addWebhook = endpoint({
  method: 'POST',
  path: '/api/v1/webhooks',
  access: 'admin',
  summary: 'Deploy services when a branch is pushed',
  body: AddWebhook,
  response: NewWebhook,
  answers: [201],
  errors: ['conflict', 'not_found'],
  audited: ({ secret: _, ...wish }) => wish,
});

export const removeWebhook = endpoint({
  method: 'DELETE',
  path: '/api/v1/webhooks/{id}',
  access: 'admin',
  summary: 'Remove a webhook, with its secret and its deliveries',
  params: WebhookParams,
  response: z.object({ ok: z.string(), id: z.string() }),
});

export const invocations = endpoint({
  method: 'GET',
  path: '/api/v1/webhooks/{id}/invocations',
  access: 'viewer',
  summary: 'Deliveries of the last 7 days, newest first',
  params: WebhookParams,
  query: z.strictObject({ limit: Count(500).optional() }),
  response: z.object({ invocations: z.array(Invocation), total: z.number().int() }),
});

export const redeliver = endpoint({
  method: 'POST',
  path: '/api/v1/webhooks/{id}/redeliver',
  access: 'deployer',
  summary: 'Deploy what a delivery asked for, once more',
  params: WebhookParams,
  body: z.strictObject({ delivery: text("expected a delivery's id", 200) }),
  response: Invocation,
  answers: [202],
  errors: ['conflict'],
  audited: (wish) => wish,
});

/** Authenticates by the signature of its body. 202: recorded, and will be deployed; 200: done, or ignored. */
export const deliver = endpoint({
  method: 'POST',
  path: DELIVERY_PATH,
  access: 'signature',
  summary: 'A delivery of GitHub, Gitea, Forgejo, GitLab or Bitbucket',
  bodyLimit: DELIVERY_BODY,
  response: DeliveryAnswer,
  answers: [202, 200],
  errors: ['deploy_failed'],
});
