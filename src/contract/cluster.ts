import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { NodeBody } from './nodes.ts';

export const ClusterInfo = z.object({
  cluster_name: z.string(),
  cluster_id: z.string().nullable(),
  nodes: z.array(NodeBody),
  node_count: z.number().int(),
  version: z.string(),
});
export type ClusterInfo = z.infer<typeof ClusterInfo>;

export const Masters = z.object({
  node_id: z.number().int(),
  role: z.literal('leader'),
  current_term: z.number().int(),
  leader_id: z.number().int(),
  commit_index: z.number().int(),
  last_applied: z.number().int(),
  log_length: z.number().int(),
  nodes: z.array(z.object({ node_id: z.number().int(), address: z.string(), is_alive: z.boolean() })),
});
export type Masters = z.infer<typeof Masters>;

/** As the job scheduler's document has it, of orca's store: an index is a revision of it, a term the life of one master. */
export const masters = endpoint({
  method: 'GET',
  path: '/api/cluster',
  access: 'viewer',
  scope: 'cluster',
  summary: 'The masters, and how far what is stored has come',
  response: Masters,
});

export const clusterInfo = endpoint({
  method: 'GET',
  path: '/api/v1/cluster/info',
  access: 'viewer',
  scope: 'cluster',
  summary: 'The cluster and its nodes',
  response: ClusterInfo,
});
