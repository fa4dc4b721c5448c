/** What several examples show. */
export const AT = 1_796_000_000_000;

const TASK = {
  id: 'shop-web-1-k3x9',
  slot: 1,
  node: 'local',
  state: 'running',
  revision: 4,
  health: 'ready',
  routed: true,
  kept_until: null,
  restarts: 0,
  last_restart: null,
  started_at: AT,
  reason: 'wanted by revision 4',
  exit_code: null,
};

const TRAFFIC = {
  minutes: 5,
  since: AT,
  revisions: [
    {
      revision: 3,
      share_asked: null,
      share: 0.952,
      requests: 1204,
      errors: 1,
      failed: 0,
      error_share: 0.00083,
      p50_ms: 4.1,
      p99_ms: 31.2,
    },
    {
      revision: 4,
      share_asked: null,
      share: 0.048,
      requests: 61,
      errors: 0,
      failed: 0,
      error_share: 0,
      p50_ms: 4.3,
      p99_ms: 29.8,
    },
  ],
};

export const STATUS = {
  cluster_name: 'orca',
  http_port: 80,
  services: [
    {
      name: 'web',
      project: 'shop',
      status: 'running',
      reason: '',
      replicas: 1,
      running_replicas: 1,
      scaled_from: null,
      image: 'acme/web:1.4',
      digest: 'sha256:8f2b...',
      domain: 'shop.example.com',
      domains: ['shop.example.com'],
      port: 8080,
      revision: 4,
      serving_revision: 4,
      deployment: null,
      last_failure: null,
      traffic: TRAFFIC,
      tasks: [TASK],
      unknown: [],
    },
  ],
  warnings: [],
};

export const DEPLOYMENT = {
  id: 12,
  project: 'shop',
  service: 'web',
  from: 3,
  to: 4,
  state: 'succeeded',
  strategy: 'rolling',
  step: null,
  weight: null,
  reason: 'it held for 5 s',
  superseded_by: null,
  tasks: [TASK],
  traffic: null,
  failure: null,
  release: null,
  last_log: [],
  started_at: AT,
  ended_at: AT + 9_000,
};

export const DEPLOY = {
  services: [{ name: 'web', project: 'shop', image: 'acme/web:1.4', port: 8080, domain: 'shop.example.com' }],
};

export const DEPLOYED = {
  deployed: ['web'],
  errors: [],
  status: 200,
  services: [
    {
      name: 'web',
      project: 'shop',
      action: 'replace',
      state: 'succeeded',
      reason: 'it held for 5 s',
      deployment: 12,
      revision: 4,
      serving: { revision: 4, image: 'acme/web:1.4', ready: 1 },
      failure: null,
      release: null,
      code: null,
      hint: null,
      warnings: [],
    },
  ],
};

export const PLAN = {
  hash: '9c1185a5c5e9fc54',
  services: [
    {
      name: 'web',
      project: 'shop',
      action: 'replace',
      reason: 'image changes',
      diff: [{ path: 'image', from: 'acme/web:1.3', to: 'acme/web:1.4' }],
      placement: [{ slot: 1, node: 'local', why: 'the only node' }],
      refused: [{ node: 'web2', why: 'it is being drained' }],
      strategy: 'rolling',
      second_set: null,
      canary: null,
      downtime_ms: 0,
    },
  ],
  steps: [{ id: '1', kind: 'assign', service: 'web', project: 'shop', slot: 1, reason: 'revision 4', downtime_ms: 0 }],
  pull: [{ image: 'acme/web:1.4', bytes: null }],
  warnings: [],
  volumes: [{ name: 'shop_uploads', project: 'shop', action: 'create' as const, reason: 'it does not exist yet' }],
  kept: [{ project: 'shop', name: 'db' }],
  errors: [],
};

export const TOKEN = {
  id: '5f0c9a41d2e7',
  name: 'ci',
  role: 'deployer',
  projects: ['shop'],
  created_at: AT,
  created_by: 'admin',
  expires_at: AT + 2_592_000_000,
};

export const INVOCATION = {
  at: AT,
  delivery: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  provider: 'github',
  event: 'push',
  ref: 'refs/heads/main',
  commit: '8f2b6c1d9e0a4b7f8c3d2e1f0a9b8c7d6e5f4a3b',
  outcome: 'deployed',
  deployments: [12],
  reason: 'the image has changed',
};

export const WEBHOOK = { id: 'k3x9b7q1z0a2', repo: 'acme/shop', branch: 'main', project: 'shop', services: ['web'] };

export const WEB = { name: 'web' };

export const REGISTRY = {
  host: 'registry.example.com/team-a',
  username: 'team-a',
  created_at: AT,
  created_by: 'admin',
};
export const SECRET = { key: 'DB_PASSWORD', project: 'shop', version: 3, fingerprint: 'fingerprint:4f2a90c1' };
export const SECRET_USE = { project: 'shop', service: 'web', version: 2 };

export const OLD_IMAGE = {
  node: 'local',
  image: 'acme/web@sha256:5d1e...',
  bytes: 212_000_000,
  services: [],
  removable: true,
  reason: 'no kept revision and no container needs it',
};

export const DISK = {
  nodes: [
    {
      node: 'local',
      disk: { path: '/var/lib/docker', size: 42_000_000_000, free: 12_000_000_000 },
      others: { images: 4, bytes: 1_200_000_000 },
      reason: null,
    },
    { node: 'web2', disk: null, others: null, reason: 'node "web2" is away: nothing heard for 12 s' },
  ],
  images: [
    {
      node: 'local',
      image: 'acme/web@sha256:8f2b...',
      bytes: 214_000_000,
      services: ['shop/web'],
      removable: false,
      reason: 'kept for shop/web',
    },
    OLD_IMAGE,
  ],
  containers: [],
  logs: [{ node: 'local', project: 'shop', service: 'web', count: 3, bytes: 81_204 }],
  records: [{ kind: 'events', count: 1000, kept: 'the newest 1000' }],
  store_bytes: 3_411_968,
  projects: [{ project: 'shop', images: 214_000_000, containers: 0, logs: 81_204 }],
};

export const VOLUME = {
  name: 'shop_uploads',
  project: 'shop',
  volume: 'uploads',
  state: 'used' as const,
  driver: 'local',
  adopted: false,
  size_bytes: 73_400_320,
  created_at: AT,
  services: [{ service: 'web', read_only: false }],
  revisions: [{ service: 'web', revision: 3 }],
};

export const TOP = {
  nodes: [
    {
      node: 'local',
      cpus: 4,
      cpu_percent: 61.2,
      memory_bytes: 2_715_811_840,
      memory_total_bytes: 8_218_804_224,
      reason: null,
    },
  ],
  tasks: [
    {
      id: 'shop-web-1-k3x9',
      project: 'shop',
      service: 'web',
      slot: 1,
      node: 'local',
      cpu_percent: 37.5,
      memory_bytes: 88_080_384,
      memory_limit_bytes: 268_435_456,
      network_in_bytes: 1_204_224,
      network_out_bytes: 9_437_184,
      block_read_bytes: 0,
      block_write_bytes: 40_960,
      pids: 11,
      reason: null,
    },
  ],
};
