import type { Example } from './example.ts';
import { AUTHORITIES, DRAIN, JOIN_LINE, JOIN_TOKEN, NODE, OWN_NODE } from './node-samples.ts';

const NODES = { nodes: [OWN_NODE, NODE] };
const drain = { params: { id: 'web2' }, answer: DRAIN };
const one = { params: { id: 'web2' }, answer: NODE };

/** Of endpoints about machines. */
export const NODE_EXAMPLES: Readonly<Record<string, Example>> = {
  'GET /api/v1/cluster/nodes': { answer: NODES },
  'GET /api/v1/cluster/nodes/{id}': one,
  'PUT /api/v1/cluster/nodes/{id}': { ...one, body: { labels: { zone: 'a', old: null } } },
  'POST /api/v1/cluster/nodes/{id}/drain': drain,
  'GET /api/v1/cluster/nodes/{id}/drain-status': drain,
  'POST /api/v1/cluster/nodes/{id}/undrain': one,
  'POST /api/v1/cluster/nodes/{id}/activate': one,
  'POST /api/v1/cluster/nodes/{id}/maintenance': {
    ...one,
    answer: { ...NODE, availability: 'maintenance' },
  },
  'POST /v1/hosts/{id}/drain': drain,
  'GET /v1/hosts/{id}/drain-status': drain,
  'POST /v1/hosts/{id}/undrain': one,
  'POST /v1/hosts/{id}/activate': one,
  'DELETE /api/v1/cluster/nodes/{id}': {
    params: { id: 'web2' },
    answer: { ok: 'removed node web2', removed: NODE.node_id, name: 'web2' },
  },
  'GET /api/v1/nodes': { answer: NODES },
  'GET /api/v1/nodes/{id}': one,
  'GET /v1/hosts': { answer: { hosts: NODES.nodes } },
  'GET /v1/hosts/{id}': one,
  'GET /api/v1/cluster/join-tokens': { answer: { join_tokens: [JOIN_TOKEN] } },
  'POST /api/v1/cluster/join-tokens': {
    body: { ttl: '1h' },
    answer: { ...JOIN_TOKEN, line: JOIN_LINE, address: '10.0.0.1:6881' },
  },
  'DELETE /api/v1/cluster/join-tokens/{id}': {
    params: { id: JOIN_TOKEN.id },
    answer: { ok: `revoked join line ${JOIN_TOKEN.id}`, removed: JOIN_TOKEN.id },
  },
  'GET /api/v1/cluster/authorities': { answer: AUTHORITIES },
  'POST /api/v1/cluster/rotate-ca': { body: {}, answer: AUTHORITIES },
};
