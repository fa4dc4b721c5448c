import { z } from 'zod';
import { isIp, isLoopback } from '../core/model/schema/ip-address.ts';
import { text } from '../core/model/schema/read.ts';
import { isNodeName, NODE_NAME } from '../core/nodes/node-name.ts';
import { endpoint } from './endpoint.ts';
import { Flag, Instant } from './names.ts';

const Bytes = z.number().int();

const Capacity = z.object({
  observed_at: Instant.meta({
    description: "when it told, by the master's clock: a node that is away has what it told before",
  }),
  cpus: z.number(),
  cpu_percent: z
    .number()
    .nullable()
    .meta({ description: 'of one CPU: two busy CPUs are 200. In the 5 s before; null until it has told twice' }),
  load: z.number().nullable().meta({ description: 'of the last minute' }),
  memory_bytes: Bytes,
  memory_free_bytes: Bytes.nullable().meta({ description: 'what programs can still have' }),
  disk: z
    .object({ path: z.string(), bytes: Bytes, free_bytes: Bytes })
    .nullable()
    .meta({ description: 'where Docker keeps its data' }),
});

const DataPlane = z.object({
  connected: z.boolean(),
  version: z.string().nullable(),
  problems: z.array(z.string()).meta({ description: 'what it lacks, a sentence each' }),
});

const Relay = z.object({
  address: z.string().nullable(),
  port: z.number().int(),
  state: z.enum(['direct', 'through_agent', 'unreachable']).nullable().meta({
    description:
      "of requests that come in on other nodes. through_agent: the master's machine sends them over the connection of its agent; unreachable: no service with a domain is placed there; null: they come in nowhere else",
  }),
  problem: z.string().nullable().meta({ description: 'why not directly' }),
});

export const NodeBody = z.object({
  node_id: z.string().meta({ description: "never changes; `local` is the master's own machine" }),
  name: z.string(),
  address: z.string().meta({ description: 'where other nodes reach it' }),
  address_is_set: z
    .boolean()
    .meta({ description: 'somebody has set it; otherwise it is the one that the node has towards the master' }),
  labels: z.record(z.string(), z.string()),
  last_heartbeat: Instant.nullable().meta({ description: 'when anything was heard of it; null for `local`' }),
  drain: z.boolean(),
  availability: z.enum(['active', 'draining', 'drained', 'maintenance']),
  status: z.enum(['ready', 'suspect', 'down']).meta({
    description: 'suspect: silent for 6 s, or its Docker does not answer; down: silent for 10 s',
  }),
  reason: z.string().nullable().meta({ description: 'why it is not ready, or takes no new tasks' }),
  runs_services: z.boolean().meta({ description: 'it takes new tasks now' }),
  tasks: z.number().int().meta({ description: 'that are on it and have not ended' }),
  ingress: z.boolean().meta({ description: 'requests from outside come in there' }),
  data_plane: DataPlane.nullable().meta({ description: 'its proxy and its probes; null until there is a way to them' }),
  relay: Relay.nullable().meta({
    description: 'where its data plane takes requests from other nodes, and how they get there; null: it takes none',
  }),
  engine: z.object({ version: z.string(), api_version: z.string(), cpus: z.number(), memory: z.number() }).nullable(),
  capacity: Capacity.nullable(),
  version: z.string().nullable().meta({ description: 'of its orca' }),
  clock_skew_ms: z.number().int().nullable().meta({
    description: "how far its clock is ahead of the master's; nothing is decided by it",
  }),
  round_trip_ms: z.number().nullable(),
  joined_at: Instant.nullable(),
  certificate_expires_at: Instant.nullable().meta({ description: 'it is renewed long before' }),
});
export type NodeBody = z.infer<typeof NodeBody>;

export const NodeParams = z.object({
  id: text('expected the name or the id of a node', 80).meta({ description: 'its name, or its id' }),
});

/** More is data, which is not kept here. */
const MAX_LABELS = 64;
const LABEL_NAME = 'expected the name of a label: a-z, 0-9, ., -, _ and /, at most 63 characters';
const LabelName = z.string(LABEL_NAME).regex(/^[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?$/, LABEL_NAME);
const LABEL_VALUE = 'expected text of one line, at most 128 characters';
const LabelValue = z.string(LABEL_VALUE).regex(/^[^\p{Cc}]{0,128}$/u, LABEL_VALUE);

const ADDRESS = 'expected an IP address that other machines reach, such as 10.0.0.7';

export const SetNode = z.strictObject({
  name: z.string(NODE_NAME).refine(isNodeName, NODE_NAME).optional(),
  labels: z
    .record(LabelName, LabelValue.nullable(), 'expected a map of labels')
    .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `expected ${MAX_LABELS} labels at most`)
    .optional()
    .meta({ description: 'those to set; null removes one, others stay' }),
  ingress: z.boolean().optional().meta({ description: 'whether requests from outside come in there' }),
  address: z
    .string(ADDRESS)
    .refine((address) => isIp(address) && !isLoopback(address), ADDRESS)
    .nullable()
    .optional()
    .meta({ description: 'where other nodes reach it; null: the address that it has towards the master' }),
});
export type SetNode = z.input<typeof SetNode>;

const common = { access: 'viewer', scope: 'cluster', method: 'GET' } as const;
const one = { params: NodeParams, response: NodeBody } as const;
const Nodes = z.object({ nodes: z.array(NodeBody) });

export const nodes = endpoint({
  ...common,
  path: '/api/v1/cluster/nodes',
  summary: 'The nodes: how they are, what they have',
  response: Nodes,
});

export const node = endpoint({ ...common, ...one, path: '/api/v1/cluster/nodes/{id}', summary: 'One node' });

/** As the document of the scheduler has them. */
export const schedulerNodes = endpoint({
  ...common,
  path: '/api/v1/nodes',
  summary: 'The nodes, under the path of another document',
  response: Nodes,
});
export const schedulerNode = endpoint({
  ...common,
  ...one,
  path: '/api/v1/nodes/{id}',
  summary: 'One node, under the path of another document',
});

/** As the document of the control plane has them. */
export const hosts = endpoint({
  ...common,
  path: '/v1/hosts',
  summary: 'The nodes, as hosts',
  response: z.object({ hosts: z.array(NodeBody) }),
});
export const host = endpoint({
  ...common,
  ...one,
  path: '/v1/hosts/{id}',
  summary: 'One node, as a host, with its capacity',
});

export const setNode = endpoint({
  method: 'PUT',
  path: '/api/v1/cluster/nodes/{id}',
  access: 'admin',
  scope: 'cluster',
  summary: 'Rename a node, set and remove labels of it, make it an ingress, say where it is reached',
  params: NodeParams,
  body: SetNode,
  response: NodeBody,
  audited: (wish) => wish,
  errors: ['conflict'],
});

export const removeNode = endpoint({
  method: 'DELETE',
  path: '/api/v1/cluster/nodes/{id}',
  access: 'admin',
  scope: 'cluster',
  summary: 'Remove a node that joined: its certificate opens nothing from then on',
  params: NodeParams,
  query: z.strictObject({ force: Flag.optional() }),
  response: z.object({ ok: z.string(), removed: z.string(), name: z.string() }),
  errors: ['conflict'],
});
