import { z } from 'zod';
import { text } from '../core/model/schema/read.ts';
import { isNodeName, NODE_NAME } from '../core/nodes/node-name.ts';
import { endpoint } from './endpoint.ts';
import { CreateJoinToken } from './join-tokens.ts';
import { Flag, Instant } from './names.ts';
import { NodeBody, NodeParams } from './nodes.ts';

/**
 * What agents call in the documents of other systems. Here a node proves who it is by a certificate on its own connection, and a
 * token of the API vouches for no machine: these say how a node stands, and lead to what lets one in.
 */
const common = { method: 'POST', access: 'admin', scope: 'cluster' } as const;

const Register = CreateJoinToken.extend({
  name: z
    .string(NODE_NAME)
    .refine(isNodeName, NODE_NAME)
    .optional()
    .meta({ description: 'that the machine will have' }),
});

const Registered = z.object({
  registered: z.boolean().meta({ description: 'a node of this name is there; else the machine has to join first' }),
  node_id: z.string().nullable(),
  name: z.string().nullable(),
  status: NodeBody.shape.status.nullable(),
  line: z
    .string()
    .nullable()
    .meta({ description: 'to join with, for `orca join` on its standard input; told this once' }),
  expires_at: Instant.nullable().meta({ description: 'when the line ends' }),
  next: z.string().nullable().meta({ description: 'what to do on the machine' }),
});
export type Registered = z.infer<typeof Registered>;

const registering = {
  ...common,
  body: Register,
  response: Registered,
  answers: [201, 200],
  errors: ['conflict'],
  audited: (wish: z.output<typeof Register>) => ({ ...wish }),
} as const;

export const registerNode = endpoint({
  ...registering,
  path: '/api/v1/nodes/register',
  summary: 'Register a node: tells the one of this name, or makes a line with which the machine joins',
});
export const registerHost = endpoint({
  ...registering,
  path: '/v1/internal/hosts/register',
  summary: 'Register a host: as a node',
});

const Heartbeat = z.object({
  node_id: z.string(),
  name: z.string(),
  status: NodeBody.shape.status,
  reason: NodeBody.shape.reason,
  last_heartbeat: NodeBody.shape.last_heartbeat,
  counted: z.literal(false).meta({ description: 'this call is no sign of life of the node' }),
});

const beating = { ...common, response: Heartbeat, changes: false } as const;

export const nodeHeartbeat = endpoint({
  ...beating,
  path: '/api/v1/nodes/heartbeat',
  summary:
    "A node's heartbeat: tells when the node was heard on its own connection; the call itself counts for nothing",
  body: z.looseObject({
    node_id: text('expected the name or the id of a node', 80).meta({ description: 'its name, or its id' }),
  }),
  errors: ['not_found'],
});
export const hostHeartbeat = endpoint({
  ...beating,
  path: '/v1/internal/hosts/{id}/heartbeat',
  summary: "A host's heartbeat: as a node's",
  params: NodeParams,
  body: z.unknown(),
});

export const deregisterHost = endpoint({
  ...common,
  path: '/v1/internal/hosts/{id}/deregister',
  summary: 'Remove a host: its certificate opens nothing from then on',
  params: NodeParams,
  query: z.strictObject({ force: Flag.optional() }),
  body: z.unknown(),
  response: z.object({ ok: z.string(), removed: z.string(), name: z.string() }),
  errors: ['conflict'],
});

export const taskPublishedPort = endpoint({
  ...common,
  path: '/api/v1/nodes/task-published-port',
  summary: 'The port of a task: compares what is reported with the port that requests are sent to; changes nothing',
  changes: false,
  body: z.looseObject({
    task_id: text('expected the id of a task', 200),
    port: z.number('expected a port').int('expected a port').min(1, 'expected a port').max(65_535, 'expected a port'),
  }),
  response: z.object({
    task_id: z.string(),
    node: z.string(),
    port: z.number().int().nullable().meta({ description: 'of its container, by the revision that it runs' }),
    matches: z.boolean(),
  }),
  errors: ['not_found'],
});
