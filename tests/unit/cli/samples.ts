import type { DeployedService, DeployResult } from '../../../src/contract/deploy.ts';
import type { DeploymentBody } from '../../../src/contract/deployments.ts';
import type { Plan, PlannedService } from '../../../src/contract/plan.ts';
import type { ServiceStatus, Status, TaskStatus } from '../../../src/contract/status.ts';

/** Answers of a server, whole, to be changed where a test looks. */
export const task = (changes: Partial<TaskStatus> = {}): TaskStatus => ({
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
  started_at: Date.now() - 125_000,
  reason: 'wanted by revision 4',
  exit_code: null,
  ...changes,
});

export const service = (changes: Partial<ServiceStatus> = {}): ServiceStatus => ({
  name: 'web',
  project: 'shop',
  status: 'running',
  reason: '',
  replicas: 1,
  running_replicas: 1,
  scaled_from: null,
  image: 'acme/web:1.4',
  digest: null,
  domain: 'shop.example.com',
  domains: ['shop.example.com'],
  port: 8080,
  revision: 4,
  serving_revision: 4,
  deployment: null,
  last_failure: null,
  traffic: null,
  tasks: [task()],
  unknown: [],
  ...changes,
});

export const status = (services: readonly ServiceStatus[], warnings: readonly string[] = []): Status => ({
  cluster_name: 'orca',
  http_port: 8080,
  services: [...services],
  warnings: [...warnings],
});

export const deployed = (changes: Partial<DeployedService> = {}): DeployedService => ({
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
  ...changes,
});

export const result = (services: readonly DeployedService[], statusCode = 200): DeployResult => {
  const good = services.filter(({ state }) => state === 'succeeded' || state === 'unchanged');
  return {
    deployed: good.map(({ name }) => name),
    errors: services.filter((one) => !good.includes(one)).map(({ name, reason }) => `${name}: ${reason}`),
    status: statusCode,
    services: [...services],
  };
};

export const failure = {
  reason: 'exited with 1 before it was ready',
  task: 'shop-web-1-k3x9',
  slot: 1,
  node: 'local',
  exit_code: 1,
  failed_requests: 0,
  last_log: ['listening on 8080', "Error: Cannot find module 'express'"],
  at: 1_760_000_000_000,
};

export const deployment = (changes: Partial<DeploymentBody> = {}): DeploymentBody => ({
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
  tasks: [],
  traffic: null,
  failure: null,
  release: null,
  last_log: [],
  started_at: Date.now() - 300_000,
  ended_at: Date.now() - 292_000,
  ...changes,
});

export const planned = (changes: Partial<PlannedService> = {}): PlannedService => ({
  name: 'web',
  project: 'shop',
  action: 'replace',
  reason: 'the image changed',
  diff: [],
  placement: [{ slot: 1, node: 'local', why: 'the only node' }],
  refused: [],
  strategy: 'rolling',
  second_set: null,
  canary: null,
  downtime_ms: 0,
  ...changes,
});

export const plan = (services: readonly PlannedService[], changes: Partial<Plan> = {}): Plan => ({
  hash: 'sha256:0123',
  services: [...services],
  steps: [],
  pull: [],
  volumes: [],
  warnings: [],
  kept: [],
  errors: [],
  ...changes,
});

export const MANIFEST = `project: shop
services:
  web:
    image: acme/web:1.4
    replicas: 1
    port: 8080
    domain: shop.example.com
`;
