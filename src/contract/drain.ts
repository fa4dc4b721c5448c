import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { NodeBody, NodeParams } from './nodes.ts';

const Remaining = z.object({
  project: z.string(),
  service: z.string(),
  slot: z.number().int(),
  reason: z.string().meta({ description: 'one sentence' }),
});

/** How far a node is emptied. */
export const DrainBody = z.object({
  node_id: z.string(),
  name: z.string(),
  availability: NodeBody.shape.availability,
  drain: z.boolean(),
  done: z.boolean().meta({ description: 'it is drained: none of its tasks is left' }),
  tasks: z.number().int().meta({ description: 'that are left on it' }),
  one_off: z.number().int().nullable().meta({
    description:
      'containers of `orca run` that still run there: they end by themselves; null while its Docker cannot be read',
  }),
  waiting: z.array(Remaining).meta({ description: 'that go by themselves, now or when it is their turn' }),
  stuck: z.array(Remaining).meta({ description: 'that cannot go until somebody changes something' }),
});
export type DrainBody = z.infer<typeof DrainBody>;

const given = { params: NodeParams, response: DrainBody } as const;
const change = { method: 'POST', access: 'admin', scope: 'cluster', params: NodeParams } as const;
const moved = { ...change, response: DrainBody } as const;
const used = { ...change, response: NodeBody } as const;
const STATUS = { method: 'GET', access: 'viewer', scope: 'cluster', ...given } as const;

const NODE = '/api/v1/cluster/nodes/{id}';
const HOST = '/v1/hosts/{id}';

export const drainNode = endpoint({
  ...moved,
  path: `${NODE}/drain`,
  summary: 'Move the tasks of a node to others; answers at once',
});
export const drainStatus = endpoint({ ...STATUS, path: `${NODE}/drain-status`, summary: 'How far a drain is' });
export const undrainNode = endpoint({
  ...used,
  path: `${NODE}/undrain`,
  summary: 'Call a drain off: the node takes tasks again',
  errors: ['conflict'],
});
export const activateNode = endpoint({
  ...used,
  path: `${NODE}/activate`,
  summary: 'Take a node back into use, also from maintenance',
});
export const maintainNode = endpoint({
  ...used,
  path: `${NODE}/maintenance`,
  summary: 'Give a node no new tasks; it keeps those it has, and nothing of it is replaced while it is away',
});

/** As the document of the control plane has them. */
export const drainHost = endpoint({ ...moved, path: `${HOST}/drain`, summary: 'Drain a node, as a host' });
export const hostDrainStatus = endpoint({
  ...STATUS,
  path: `${HOST}/drain-status`,
  summary: 'How far the drain of a host is',
});
export const undrainHost = endpoint({
  ...used,
  path: `${HOST}/undrain`,
  summary: 'Call the drain of a host off',
  errors: ['conflict'],
});
export const activateHost = endpoint({ ...used, path: `${HOST}/activate`, summary: 'Take a host back into use' });
