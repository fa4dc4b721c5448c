import { randomBytes } from 'node:crypto';
import { LABEL } from '../../../src/core/model/container.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { ServiceSpec } from '../../../src/core/model/service-spec.ts';
import { createEngine } from '../../../src/engine/docker.ts';
import type { ContainerCreate, Engine } from '../../../src/engine/engine.ts';
import type { LabEngine } from '../../lab/engine.ts';

export const POOL = '10.208.0.0/12';
export const EDGE = 'orca-edge-c1';

/** The adapter on a lab's engine: what the test process sees of its own routes is not the engine's machine. */
export const adapter = (lab: LabEngine, cluster = 'c1'): Engine =>
  createEngine({ docker: lab.url, cluster, machineSubnets: async () => [] });

export async function localImage(engine: Engine, ref: string): Promise<ResolvedImage> {
  const { image } = await engine.resolve(ref, 'auto');
  if (image === undefined) throw new Error(`no image ${ref}`);
  return image;
}

export const specOf = (changes: Partial<ServiceSpec> = {}): ServiceSpec => ({
  project: 'shop',
  name: 'web',
  image: 'orca-test/web:1',
  pull: 'auto',
  replicas: 1,
  port: 8080,
  domains: [],
  routes: [],
  env: {},
  ports: [],
  resources: {},
  reserve: {},
  deploy: { strategy: 'rolling', parallelism: 1, minReady: 0, monitor: 0, deadline: 60_000, rollback: true },
  drainTimeout: 1000,
  stopGrace: 2000,
  stopSignal: 'SIGTERM',
  restart: 'always',
  logging: { maxSize: 10 * 1024 * 1024, maxFiles: 3 },
  init: true,
  labels: {},
  tmpfs: {},
  extraHosts: [],
  readOnly: false,
  capDrop: [],
  volumes: [],
  hostPaths: [],
  capKeep: [],
  ulimits: {},
  placement: {},
  ...changes,
});

type Wanted = Pick<ContainerCreate, 'image' | 'address'> & Partial<ContainerCreate>;

/** A container of cluster `c1` with a name of its own. */
export function containerOf(wanted: Wanted): ContainerCreate {
  const name = wanted.name ?? `web-1-${randomBytes(4).toString('hex')}`;
  return {
    name,
    spec: specOf(),
    network: EDGE,
    labels: { [LABEL.cluster]: 'c1', [LABEL.task]: name, [LABEL.project]: 'shop', [LABEL.service]: 'web' },
    ...wanted,
  };
}
