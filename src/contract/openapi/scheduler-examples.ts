import type { Example } from './example.ts';
import { JOIN_LINE, NODE } from './node-samples.ts';
import { AT } from './samples.ts';

const REGISTERED = {
  registered: false,
  node_id: null,
  name: 'web3',
  status: null,
  line: JOIN_LINE,
  expires_at: AT + 3_600_000,
  next: 'give the line to `orca join --name web3` on the machine, on its standard input',
};
const { node_id, name, status, reason, last_heartbeat, availability, runs_services, tasks } = NODE;
const HEARTBEAT = { node_id, name, status, reason, last_heartbeat, counted: false };
const PENDING = [
  {
    project: 'shop',
    service: 'db',
    slot: 1,
    reason: 'db.1 waits: web2 is down: the data of its volume shop_data are on web2',
  },
];

/** Of the endpoints that agents and the API of other systems call. */
export const SCHEDULER_EXAMPLES: Readonly<Record<string, Example>> = {
  'POST /api/v1/nodes/register': { body: { name: 'web3' }, answer: REGISTERED },
  'POST /v1/internal/hosts/register': { body: { name: 'web3' }, answer: REGISTERED },
  'POST /api/v1/nodes/heartbeat': { body: { node_id: 'web2' }, answer: HEARTBEAT },
  'POST /v1/internal/hosts/{id}/heartbeat': { params: { id: 'web2' }, body: {}, answer: HEARTBEAT },
  'POST /v1/internal/hosts/{id}/deregister': {
    params: { id: 'web2' },
    body: {},
    answer: { ok: 'removed node web2', removed: NODE.node_id, name: 'web2' },
  },
  'POST /api/v1/nodes/task-published-port': {
    body: { task_id: 'shop-web-1-k3x9', port: 8080 },
    answer: { task_id: 'shop-web-1-k3x9', node: 'web2', port: 8080, matches: true },
  },
  'GET /api/v1/scheduler/status': {
    answer: {
      nodes: [{ node_id, name, status, availability, runs_services, reason, tasks }],
      tasks: { total: 3, serving: 3, pending: 1 },
      pending: PENDING,
      deployments: [],
    },
  },
  'POST /api/v1/scheduler/assign-pending': { body: {}, answer: { pending: PENDING } },
  'POST /api/v1/scheduler/stop-task/{id}': {
    params: { id: 'shop-web-1-k3x9' },
    body: {},
    answer: { ok: 'task shop-web-1-k3x9 has ended', task_id: 'shop-web-1-k3x9' },
  },
};
