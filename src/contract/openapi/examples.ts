import { CERTIFICATE_EXAMPLES } from './certificate-examples.ts';
import type { Example } from './example.ts';
import { NODE_EXAMPLES } from './node-examples.ts';
import { OWN_NODE } from './node-samples.ts';
import { ONE_OFF_EXAMPLES } from './one-off-examples.ts';
import {
  AT,
  DEPLOY,
  DEPLOYED,
  DEPLOYMENT,
  DISK,
  INVOCATION,
  OLD_IMAGE,
  PLAN,
  REGISTRY,
  SECRET,
  SECRET_USE,
  STATUS,
  TOKEN,
  VOLUME,
  WEB,
  WEBHOOK,
} from './samples.ts';
import { SCHEDULER_EXAMPLES } from './scheduler-examples.ts';

/** By method and path; tests hold each to the schemas of its endpoint. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  'GET /': { answer: { service: 'orca', version: '0.1.0' } },
  'GET /health': { answer: { status: 'ok' } },
  'GET /api/v1/health': { answer: { status: 'ok' } },
  'GET /v1/health': { answer: { status: 'healthy' } },
  'GET /health/live': { answer: { status: 'ok' } },
  'GET /health/ready': { answer: { status: 'ok', leader_id: 1 } },
  'GET /api/v1/version': { answer: { version: '0.1.0', api: 'v1', node: '24.21.0' } },
  'GET /api/v1/openapi.json': { answer: { openapi: '3.1.0' } },
  'GET /metrics': { answer: 'orca_ingress_requests_total{class="2xx"} 1204\n' },
  'GET /v1/auth/whoami': { answer: { name: 'ci', role: 'deployer', projects: ['shop'], expires_at: null } },
  'GET /api/v1/status': { answer: STATUS },
  'GET /v1/status': { answer: STATUS },
  'GET /api/v1/cluster/info': {
    answer: {
      cluster_name: 'orca',
      cluster_id: 'k3x9b7q1z0',
      nodes: [OWN_NODE],
      node_count: 1,
      version: '0.1.0',
    },
  },
  'GET /api/cluster': {
    answer: {
      node_id: 1,
      role: 'leader',
      current_term: 5,
      leader_id: 1,
      commit_index: 131,
      last_applied: 131,
      log_length: 131,
      nodes: [{ node_id: 1, address: 'local', is_alive: true }],
    },
  },
  'POST /api/v1/deploy': { body: DEPLOY, answer: DEPLOYED },
  'POST /api/v1/scheduler/deploy': { body: DEPLOY, answer: DEPLOYED },
  'POST /api/v1/plan': { body: DEPLOY, answer: PLAN },
  'GET /api/v1/deployments': { answer: { deployments: [DEPLOYMENT], total: 1 } },
  'GET /api/v1/deployments/{id}': { params: { id: '12' }, answer: DEPLOYMENT },
  'POST /api/v1/scheduler/reconcile-deployment/{id}': { params: { id: '12' }, body: {}, answer: DEPLOYMENT },
  'POST /api/v1/services/{name}/scale': {
    params: WEB,
    body: { replicas: 3 },
    answer: { service: 'web', project: 'shop', replicas: 3, previous: 1, scaled_from: 1 },
  },
  'POST /api/v1/services/{name}/start': {
    params: WEB,
    answer: { ok: 'starting web', service: 'web', project: 'shop' },
  },
  'DELETE /api/v1/services/{name}': { params: WEB, answer: { ok: 'stopping web', stopped: ['web'], removed: [] } },
  'DELETE /api/v1/projects/{name}': {
    params: { name: 'shop' },
    answer: { ok: 'stopping shop', stopped: ['web', 'db'], removed: [] },
  },
  'POST /api/v1/stop': { body: {}, answer: { ok: 'stopping all', stopped: ['web', 'db'], removed: [] } },
  'GET /api/v1/services/{name}/history': {
    params: WEB,
    answer: {
      service: 'web',
      project: 'shop',
      revisions: [
        {
          revision: 4,
          current: true,
          succeeded: true,
          image: 'acme/web:1.4',
          digest: 'sha256:8f2b...',
          changed: ['image'],
          rollback_of: null,
          note: null,
          by: 'ci',
          created_at: AT,
          succeeded_at: AT + 9_000,
          deployment: 12,
          outcome: 'succeeded',
        },
      ],
      rollback_to: 3,
    },
  },
  'GET /api/v1/services/{name}/diff': {
    params: WEB,
    query: { from: '3', to: '4' },
    answer: {
      service: 'web',
      project: 'shop',
      from: 3,
      to: 4,
      diff: [{ path: 'image', from: 'acme/web:1.3', to: 'acme/web:1.4' }],
    },
  },
  'POST /api/v1/services/{name}/promote': { params: WEB, body: { step: true }, answer: DEPLOYED },
  'POST /api/v1/services/{name}/rollback': { params: WEB, body: { to: 3 }, answer: DEPLOYED },
  'POST /api/v1/services/{name}/rollback/plan': { params: WEB, body: { to: 3 }, answer: PLAN },
  'POST /api/v1/services/{name}/restart': { params: WEB, body: {}, answer: DEPLOYED },
  ...ONE_OFF_EXAMPLES,
  ...NODE_EXAMPLES,
  ...SCHEDULER_EXAMPLES,
  'GET /api/v1/services/{name}/logs': {
    params: WEB,
    answer: '2026-11-30T12:00:00.000Z shop-web-1-k3x9 GET / 200\n',
  },
  'GET /api/v1/events': {
    answer:
      'id: 41\nevent: deployment\ndata: {"at":1796000000000,"project":"shop","name":"12","service":"web","from":"running","to":"succeeded","reason":"it held for 5 s"}\n\n',
  },
  'GET /api/v1/tokens': {
    answer: { tokens: [{ ...TOKEN, last_used: { at: AT, address: '127.0.0.1' } }] },
  },
  'POST /api/v1/tokens': {
    body: { name: 'ci', role: 'deployer', projects: ['shop'], expires: '30d' },
    answer: { ...TOKEN, token: 'orca_...' },
  },
  'POST /api/v1/tokens/{id}/rotate': {
    params: { id: 'ci' },
    body: { expires: '30d' },
    answer: { ...TOKEN, token: 'orca_...' },
  },
  'DELETE /api/v1/tokens/{id}': { params: { id: 'ci' }, answer: { ok: 'removed ci', removed: 'ci' } },
  'GET /api/v1/secrets': {
    answer: { secrets: [{ ...SECRET, grant: [], updated_at: AT, updated_by: 'admin', used_by: [SECRET_USE] }] },
  },
  'GET /api/v1/secrets/{key}': {
    params: { key: SECRET.key },
    query: { project: 'shop' },
    answer: {
      key: SECRET.key,
      project: 'shop',
      versions: [
        {
          version: 3,
          fingerprint: SECRET.fingerprint,
          revoked: false,
          created_at: AT,
          created_by: 'admin',
          used_by: [{ project: 'shop', service: 'web', revision: 7, current: true }],
        },
      ],
    },
  },
  'PUT /api/v1/secrets/{key}': {
    params: { key: SECRET.key },
    query: { project: 'shop' },
    body: { value: 'correct horse', now: true },
    answer: {
      ...SECRET,
      changed: true,
      used_by: [SECRET_USE],
      deployments: [
        { project: 'shop', service: 'web', deployment: 12, reason: 'web has changed: secrets.DB_PASSWORD' },
      ],
    },
  },
  'PUT /api/v1/secrets': {
    query: { project: 'shop' },
    body: { secrets: { DB_PASSWORD: 'correct horse' } },
    answer: {
      project: 'shop',
      secrets: [{ key: SECRET.key, version: 3, fingerprint: SECRET.fingerprint, changed: true }],
      used_by: [SECRET_USE],
      deployments: [],
    },
  },
  'DELETE /api/v1/secrets/{key}': {
    params: { key: SECRET.key },
    query: { project: 'shop' },
    answer: { ok: `removed the secret ${SECRET.key}`, key: SECRET.key, project: 'shop' },
  },
  'POST /api/v1/secrets/rotate-key': {
    body: {},
    answer: { ok: 'the key is replaced, and 12 values are encrypted with it', values: 12 },
  },
  'GET /api/v1/volumes': { answer: { volumes: [VOLUME] } },
  'DELETE /api/v1/volumes/{name}': {
    params: { name: 'shop_uploads' },
    answer: { ok: 'removed the volume shop_uploads', name: 'shop_uploads', project: 'shop', removed: true },
  },
  'GET /api/v1/webhooks': {
    answer: {
      webhooks: [{ ...WEBHOOK, service_name: 'web', created_at: AT, created_by: 'admin', last: INVOCATION }],
    },
  },
  'POST /api/v1/webhooks': {
    body: { repo: 'acme/shop', service_name: 'web', branch: 'main' },
    answer: { ...WEBHOOK, path: '/api/v1/webhooks/github', url: null, secret: 'told once' },
  },
  'DELETE /api/v1/webhooks/{id}': {
    params: { id: WEBHOOK.id },
    answer: { ok: 'removed the webhook of acme/shop', id: WEBHOOK.id },
  },
  'GET /api/v1/webhooks/{id}/invocations': {
    params: { id: WEBHOOK.id },
    answer: { invocations: [INVOCATION], total: 1 },
  },
  'POST /api/v1/webhooks/{id}/redeliver': {
    params: { id: WEBHOOK.id },
    body: { delivery: INVOCATION.delivery },
    answer: { ...INVOCATION, outcome: 'queued', deployments: [], reason: 'put back into the queue' },
  },
  'POST /api/v1/webhooks/github': {
    answer: {
      delivery: INVOCATION.delivery,
      repeat: false,
      outcome: 'queued',
      reason: 'recorded',
      deployments: [],
      webhooks: [{ id: WEBHOOK.id, outcome: 'queued', reason: 'recorded', deployments: [] }],
    },
  },
  'GET /api/v1/system/df': { answer: DISK },
  'POST /api/v1/system/prune': {
    body: { dry_run: true },
    answer: {
      dry_run: true,
      images: [{ node: OLD_IMAGE.node, image: OLD_IMAGE.image, bytes: OLD_IMAGE.bytes }],
      containers: [],
      logs: [],
      bytes: OLD_IMAGE.bytes,
      failed: [],
      unread: [],
    },
  },
  ...CERTIFICATE_EXAMPLES,
  'GET /api/v1/registries': {
    answer: {
      registries: [REGISTRY],
      docker_config: [{ host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', username: null, helper: 'ecr-login' }],
      problem: null,
    },
  },
  'GET /api/v1/registries/{host}': { params: { host: 'registry.example.com%2Fteam-a' }, answer: REGISTRY },
  'PUT /api/v1/registries/{host}': {
    params: { host: 'registry.example.com%2Fteam-a' },
    body: { username: 'team-a', password: 'never told again', check: true },
    answer: { ...REGISTRY, checked: true },
  },
  'DELETE /api/v1/registries/{host}': {
    params: { host: 'registry.example.com%2Fteam-a' },
    answer: { ok: 'removed the login of registry.example.com/team-a', host: 'registry.example.com/team-a' },
  },
  'GET /api/v1/audit': {
    answer: {
      entries: [
        {
          at: AT,
          actor: 'ci',
          actor_id: '5f0c9a41d2e7',
          role: 'deployer',
          address: '127.0.0.1',
          request_id: '6d1f0c8a2b3e-1k',
          method: 'POST',
          path: '/api/v1/services/web/scale',
          about: { replicas: 3 },
          status: 200,
          code: null,
          result: 'done',
        },
      ],
    },
  },
};
