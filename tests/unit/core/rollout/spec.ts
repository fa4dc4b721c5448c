import type { DeploySpec, ServiceSpec } from '../../../../src/core/model/service-spec.ts';

/** A service spec with every default, and what a test wants of it. */
export function spec({
  deploy,
  ...wish
}: Partial<Omit<ServiceSpec, 'deploy'>> & { deploy?: Partial<DeploySpec> } = {}): ServiceSpec {
  return {
    project: 'shop',
    name: 'web',
    image: 'acme/web:1',
    pull: 'auto',
    replicas: 1,
    port: 8080,
    domains: ['shop.example.com'],
    routes: [{ path: '/', stripPrefix: false }],
    env: {},
    ports: [],
    volumes: [],
    hostPaths: [],
    resources: {},
    reserve: {},
    deploy: {
      strategy: 'rolling',
      parallelism: 1,
      minReady: 0,
      monitor: 5_000,
      deadline: 300_000,
      rollback: true,
      ...deploy,
    },
    drainTimeout: 30_000,
    stopGrace: 10_000,
    stopSignal: 'SIGTERM',
    restart: 'always',
    logging: { maxSize: 10_485_760, maxFiles: 3 },
    init: true,
    labels: {},
    tmpfs: {},
    extraHosts: [],
    readOnly: false,
    capDrop: [],
    capKeep: [],
    ulimits: {},
    placement: {},
    ...wish,
  };
}
