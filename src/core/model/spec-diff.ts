import { formatCpu, formatDuration, formatMemory } from '../units.ts';
import type { CanarySpec } from './canary-spec.ts';
import type { FileSpec } from './file.ts';
import { shownImage } from './pushed-image.ts';
import type { SecretPin } from './secret.ts';
import type { Limits, PublishedPort, RouteSpec, ServiceSpec } from './service-spec.ts';
import { hstsValue } from './tls-spec.ts';
import { type HostMount, LOCAL_DRIVER, type VolumeMount, type VolumeSpec, volumesOf } from './volume.ts';

/** One changed key, in the manifest's words: `resources.memory`, `512Mi`, `1Gi`. Null: not there. */
export interface SpecChange {
  readonly path: string;
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * What differs between two specs of a service, key by key in the manifest's order. Of a new service (`from` undefined)
 * everything that is not the default.
 */
export function diffSpecs(from: ServiceSpec | undefined, to: ServiceSpec): SpecChange[] {
  const before = from ? writtenOut(from) : [];
  return writtenOut(to)
    .flatMap((entries, i) => diffEntries(before[i] ?? [], entries))
    .filter((change) => from !== undefined || DEFAULTS.get(change.path) !== change.to);
}

/** Every key that a spec has, with its value as a diff tells it. */
export const valuesOf = (spec: ServiceSpec): ReadonlyMap<string, string> => new Map(writtenOut(spec).flat());

function diffEntries(from: readonly Entry[], to: readonly Entry[]): SpecChange[] {
  const before = new Map(from);
  const after = new Map(to);
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((path) => ({ path, from: before.get(path) ?? null, to: after.get(path) ?? null }))
    .filter((change) => change.from !== change.to);
}

type Entry = readonly [path: string, value: string];

/** What a spec looks like where the manifest says nothing. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['pull', 'auto'],
  ['replicas', '1'],
  ['routes', '/'],
  ['tls', 'auto'],
  ['health.interval', '10s'],
  ['health.timeout', '3s'],
  ['health.failures', '3'],
  ['health.start_period', '30s'],
  ['deploy.strategy', 'rolling'],
  ['deploy.parallelism', '1'],
  ['deploy.min_ready', '0s'],
  ['deploy.monitor', '5s'],
  ['deploy.deadline', '5m'],
  ['deploy.rollback', 'true'],
  ['drain_timeout', '30s'],
  ['stop_grace', '10s'],
  ['stop_signal', 'SIGTERM'],
  ['restart', 'always'],
  ['logging.max_size', '10Mi'],
  ['logging.max_files', '3'],
  ['init', 'true'],
  ['read_only', 'false'],
]);

/** Key by key of the manifest, always as many. */
const writtenOut = (spec: ServiceSpec): Entry[][] => [
  [['image', shownImage(spec)]],
  [['pull', spec.pull]],
  optional('command', spec.command, words),
  optional('entrypoint', spec.entrypoint, words),
  [['replicas', String(spec.replicas)]],
  optional('port', spec.port, String),
  list('domains', spec.domains, String),
  list('routes', spec.routes, route),
  tlsEntries(spec),
  healthEntries(spec),
  map('env', spec.env),
  Object.entries(spec.secrets ?? {}).map(([key, pin]): Entry => [`secrets.${key}`, secretVersion(pin)]),
  (spec.files ?? []).map((one): Entry => [`files.${one.target}`, file(one)]),
  list('ports', spec.ports, port),
  list('volumes', [...spec.volumes.map(volumeMount), ...spec.hostPaths.map(hostMount)], String),
  volumesOf(spec).flatMap(declaration),
  resources('resources', spec.resources),
  reserveEntries(spec),
  deployEntries(spec),
  [['drain_timeout', formatDuration(spec.drainTimeout)]],
  [['stop_grace', formatDuration(spec.stopGrace)]],
  [['stop_signal', spec.stopSignal]],
  [['restart', spec.restart]],
  optional('internal', spec.internal, granted),
  optional('release', spec.release, words),
  map('depends_on', spec.dependsOn ?? {}),
  optional('placement.node', spec.placement.node, String),
  map('placement.labels', spec.placement.labels ?? {}),
  optional('placement.spread', spec.placement.spread, String),
  optional('placement.when_lost', spec.placement.whenLost, String),
  [['logging.max_size', formatMemory(spec.logging.maxSize)]],
  [['logging.max_files', String(spec.logging.maxFiles)]],
  [['init', String(spec.init)]],
  optional('user', spec.user, String),
  optional('working_dir', spec.workingDir, String),
  map('labels', spec.labels),
  map('tmpfs', spec.tmpfs),
  optional('shm_size', spec.shmSize, formatMemory),
  list('extra_hosts', spec.extraHosts, String),
  [['read_only', String(spec.readOnly)]],
  list('cap_drop', spec.capDrop, String),
  list('cap_keep', spec.capKeep, String),
  Object.entries(spec.ulimits).map(([name, limit]): Entry => [`ulimits.${name}`, ulimit(limit)]),
];

const tlsEntries = ({ tls }: ServiceSpec): Entry[] => [
  ...optional('tls', tls && (tls.mode === 'own' ? undefined : tls.mode), String),
  ...optional('tls.cert', tls?.cert, (key) => `the secret ${key}`),
  ...optional('tls.key', tls?.key, (key) => `the secret ${key}`),
  ...optional('tls.redirect', tls?.redirect, String),
  ...optional('tls.hsts', tls?.hsts, hstsValue),
];

function healthEntries({ health }: ServiceSpec): Entry[] {
  if (!health) return [];
  return [
    ...optional('health.path', health.path, String),
    ...optional('health.host', health.host, String),
    ...optional('health.port', health.port, String),
    ...optional('health.command', health.command, words),
    ['health.interval', formatDuration(health.interval)],
    ['health.timeout', formatDuration(health.timeout)],
    ['health.failures', String(health.failures)],
    ['health.start_period', formatDuration(health.startPeriod)],
  ];
}

const byText = ({ by, name }: CanarySpec): string => (name === undefined ? by : `${by} ${name}`);

const deployEntries = ({ deploy }: ServiceSpec): Entry[] => [
  ['deploy.strategy', deploy.strategy],
  ['deploy.parallelism', String(deploy.parallelism)],
  ['deploy.min_ready', formatDuration(deploy.minReady)],
  ['deploy.monitor', formatDuration(deploy.monitor)],
  ...optional('deploy.keep', deploy.keep, formatDuration),
  ...optional('deploy.canary.steps', deploy.canary?.steps, (steps) => steps.join(', ')),
  ...optional('deploy.canary.by', deploy.canary, byText),
  ['deploy.deadline', formatDuration(deploy.deadline)],
  ['deploy.rollback', String(deploy.rollback)],
];

/** Left out where it only repeats the limits. */
const reserveEntries = ({ reserve, resources: limits }: ServiceSpec): Entry[] =>
  resources('reserve', {
    memory: reserve.memory === limits.memory ? undefined : reserve.memory,
    cpu: reserve.cpu,
  });

const resources = (path: string, { memory, cpu, pids }: Limits): Entry[] => [
  ...optional(`${path}.memory`, memory, formatMemory),
  ...optional(`${path}.cpu`, cpu, formatCpu),
  ...optional(`${path}.pids`, pids, String),
];

const optional = <T>(path: string, value: T | undefined, format: (value: T) => string): Entry[] =>
  value === undefined ? [] : [[path, format(value)]];

const list = <T>(path: string, values: readonly T[], format: (value: T) => string): Entry[] =>
  values.length === 0 ? [] : [[path, values.map(format).join(', ')]];

const map = (path: string, values: Readonly<Record<string, string>>): Entry[] =>
  Object.entries(values).map(([key, value]): Entry => [`${path}.${key}`, value]);

const ulimit = ({ soft, hard }: { soft: number; hard: number }): string =>
  soft === hard ? `${soft}` : `${soft}:${hard}`;
const volumeMount = ({ volume, target, readOnly }: VolumeMount): string =>
  `${volume.name}:${target}${readOnly ? ':ro' : ''}`;
const hostMount = ({ path, target, readOnly, shared }: HostMount): string =>
  `${path}:${target}${readOnly ? ':ro' : ''}${shared ? ' (shared)' : ''}`;

/** Of the driver's options only the names: a password may be in them. */
const declaration = ({ name, driver, driverOpts, shared, owner, mode }: VolumeSpec): Entry[] => [
  ...(driver === LOCAL_DRIVER ? [] : [[`volumes.${name}.driver`, driver] as const]),
  ...list(`volumes.${name}.driver_opts`, Object.keys(driverOpts).sort(), String),
  ...(shared ? [[`volumes.${name}.shared`, 'true'] as const] : []),
  ...optional(`volumes.${name}.owner`, owner, String),
  ...optional(`volumes.${name}.mode`, mode, String),
];

const file = ({ mode, owner, sha256 = '', size, secret }: FileSpec): string => {
  const content = secret === undefined ? `sha256:${sha256.slice(0, 12)}, ${size} bytes` : `the secret ${secret}`;
  return `${content}, mode ${mode}, owner ${owner}`;
};
const secretVersion = ({ scope, version }: SecretPin): string =>
  `version ${version}${scope === 'cluster' ? ' (cluster)' : ''}`;
const granted = (internal: true | readonly string[]): string => (internal === true ? 'true' : internal.join(', '));
const words = (command: readonly string[]): string => JSON.stringify(command);
const route = ({ path, stripPrefix }: RouteSpec): string => (stripPrefix ? `${path} (strip_prefix)` : path);
const port = ({ address, host, container, protocol }: PublishedPort): string =>
  `${address.includes(':') ? `[${address}]` : address}:${host}:${container}${protocol === 'tcp' ? '' : `/${protocol}`}`;
