import type { Internal } from '../../names/networks.ts';
import type { CanarySpec } from '../canary-spec.ts';
import { STRATEGIES, UNTIL } from '../deployment.ts';
import type { FileSpec } from '../file.ts';
import type { SecretPin } from '../secret.ts';
import type {
  DeploySpec,
  HealthSpec,
  Limits,
  PlacementSpec,
  PublishedPort,
  Resources,
  RouteSpec,
  ServiceSpec,
} from '../service-spec.ts';
import type { HstsSpec, TlsSpec } from '../tls-spec.ts';
import type { HostMount, VolumeMount, VolumeSpec } from '../volume.ts';
import { flag, list, map, number, object, optional, type Shape, text, word } from './shape.ts';

const resources = object<Limits>({ memory: optional(number), cpu: optional(number), pids: optional(number) });
const reserve = object<Resources>({ memory: optional(number), cpu: optional(number) });

const health = object<HealthSpec>({
  path: optional(text),
  host: optional(text),
  port: optional(number),
  interval: number,
  timeout: number,
  failures: number,
  startPeriod: number,
  command: optional(list(text)),
});

export const CANARY_BY = word('client', 'request', 'header', 'cookie');

const deploy = object<DeploySpec>({
  strategy: word(...STRATEGIES),
  parallelism: number,
  minReady: number,
  monitor: number,
  keep: optional(number),
  canary: optional(
    object<CanarySpec>({
      steps: list(number),
      by: CANARY_BY,
      name: optional(text),
    }),
  ),
  deadline: number,
  rollback: flag,
});

const port = object<PublishedPort>({ address: text, host: number, container: number, protocol: word('tcp', 'udp') });

const file = object<FileSpec>({
  target: text,
  mode: text,
  owner: text,
  sha256: optional(text),
  size: optional(number),
  secret: optional(text),
});

const volume = object<VolumeSpec>({
  name: text,
  driver: text,
  driverOpts: map(text),
  shared: flag,
  owner: optional(text),
  mode: optional(text),
});
const volumeMount = object<VolumeMount>({ volume, target: text, readOnly: flag });
const hostMount = object<HostMount>({ path: text, target: text, readOnly: flag, shared: flag });
const tls = object<TlsSpec>({
  mode: word('auto', 'internal', 'own', 'off'),
  cert: optional(text),
  key: optional(text),
  redirect: optional(flag),
  hsts: optional(object<HstsSpec>({ maxAge: number, subdomains: flag, preload: flag })),
});
const projects = list(text);
const internal: Shape<Internal> = (value) => (value === true ? undefined : projects(value));

/** A key that must be there needs an upgrade of the revision's record that fills it in: revisions are kept for long. */
export const SERVICE_SPEC: Shape<ServiceSpec> = object<ServiceSpec>({
  project: text,
  name: text,
  image: text,
  commit: optional(text),
  pull: word('auto', 'always', 'never'),
  command: optional(list(text)),
  entrypoint: optional(list(text)),
  replicas: number,
  port: optional(number),
  domains: list(text),
  routes: list(object<RouteSpec>({ path: text, stripPrefix: flag })),
  tls: optional(tls),
  health: optional(health),
  env: map(text),
  secrets: optional(map(object<SecretPin>({ scope: word('project', 'cluster'), version: number }))),
  files: optional(list(file)),
  ports: list(port),
  volumes: list(volumeMount),
  hostPaths: list(hostMount),
  resources,
  reserve,
  deploy,
  drainTimeout: number,
  stopGrace: number,
  stopSignal: text,
  restart: word('always', 'on-failure', 'never'),
  logging: object<ServiceSpec['logging']>({ maxSize: number, maxFiles: number }),
  init: flag,
  user: optional(text),
  workingDir: optional(text),
  labels: map(text),
  tmpfs: map(text),
  shmSize: optional(number),
  extraHosts: list(text),
  readOnly: flag,
  capDrop: list(text),
  capKeep: list(text),
  ulimits: map(object<ServiceSpec['ulimits'][string]>({ soft: number, hard: number })),
  internal: optional(internal),
  dependsOn: optional(map(word(...UNTIL))),
  release: optional(list(text)),
  placement: object<PlacementSpec>({
    node: optional(text),
    labels: optional(map(text)),
    spread: optional(text),
    whenLost: optional(word('wait')),
  }),
});
