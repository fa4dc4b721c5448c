import type { CanarySpec } from '../canary-spec.ts';
import type { HealthSpec, ServiceSpec } from '../service-spec.ts';
import { mapTemplates } from '../templates.ts';
import type { HostMount, VolumeMount } from '../volume.ts';
import type { ProjectVolumes } from './declared-volumes.ts';
import type { ParsedMount } from './mount.ts';
import type { ParsedService } from './service.ts';
import { escapeTemplate } from './template.ts';

/** How long blue-green keeps the old set unless told otherwise, ms. */
const DEFAULT_KEEP = 10 * 60_000;

/** Percent of the requests. */
const DEFAULT_STEPS = [5, 25, 50];

/**
 * From the manifest's keys to the model's. Everything is checked and measured already. `env` has templates, as secrets are
 * referred to there; everywhere else no reference was left, and each dollar stands for itself.
 *
 * @param declared the volumes of its project
 */
export function toSpec(parsed: ParsedService, declared: ProjectVolumes): ServiceSpec {
  const service = { ...mapTemplates(parsed, escapeTemplate), env: parsed.env };
  const domains = service.domains ?? (service.domain === undefined ? [] : [service.domain]);
  return {
    project: service.project,
    name: service.name,
    image: service.image,
    pull: service.pull,
    command: service.command,
    entrypoint: service.entrypoint,
    replicas: typeof service.replicas === 'number' ? service.replicas : service.replicas.min,
    port: service.port,
    domains,
    routes: routesOf(service, domains),
    ...(service.tls && { tls: service.tls }),
    health: service.health && healthOf(service.health),
    env: service.env,
    ...(service.files && service.files.length > 0 && { files: service.files }),
    ports: service.ports,
    volumes: service.volumes.flatMap((mount) => volumeMount(mount, declared)),
    hostPaths: service.volumes.flatMap(hostMount),
    resources: service.resources,
    reserve: reserveOf(service),
    deploy: deployOf(service.deploy),
    drainTimeout: service.drain_timeout,
    stopGrace: service.stop_grace,
    stopSignal: service.stop_signal,
    restart: service.restart,
    logging: { maxSize: service.logging.max_size, maxFiles: service.logging.max_files },
    init: service.init,
    user: service.user,
    workingDir: service.working_dir,
    labels: service.labels,
    tmpfs: Object.fromEntries(service.tmpfs),
    shmSize: service.shm_size,
    extraHosts: service.extra_hosts,
    readOnly: service.read_only,
    capDrop: service.cap_drop,
    capKeep: service.cap_keep,
    ulimits: service.ulimits,
    ...internalOf(service.internal),
    ...(service.release && { release: service.release }),
    ...(service.depends_on && Object.keys(service.depends_on).length > 0 && { dependsOn: service.depends_on }),
    placement: placementOf(service.placement),
  };
}

function volumeMount({ source, target, readOnly }: ParsedMount, declared: ProjectVolumes): VolumeMount[] {
  const volume = 'volume' in source ? declared?.get(source.volume) : undefined;
  return volume ? [{ volume, target, readOnly }] : [];
}

const hostMount = ({ source, target, readOnly, shared }: ParsedMount): HostMount[] =>
  'path' in source ? [{ path: source.path, target, readOnly, shared }] : [];

/** Whom it grants, in any order and as often as written; nothing where it grants nobody. */
function internalOf(internal: ParsedService['internal']): Pick<ServiceSpec, 'internal'> {
  if (internal === true) return { internal };
  return internal && internal.length > 0 ? { internal: [...new Set(internal)].sort() } : {};
}

/** A task may need all the memory it is allowed. Cores are shared by turns: a limit of them keeps none free. */
function reserveOf({ resources: { memory }, reserve }: ParsedService): ServiceSpec['reserve'] {
  return { ...(memory !== undefined && { memory }), ...reserve };
}

function placementOf({ node, labels, spread, when_lost }: ParsedService['placement']): ServiceSpec['placement'] {
  return {
    ...(node !== undefined && { node }),
    ...(labels && Object.keys(labels).length > 0 && { labels }),
    ...(spread !== undefined && { spread }),
    ...(when_lost === 'wait' && { whenLost: when_lost }),
  };
}

function routesOf({ routes }: ParsedService, domains: readonly string[]): ServiceSpec['routes'] {
  if (domains.length === 0) return [];
  return (
    routes?.map(({ path, strip_prefix }) => ({ path, stripPrefix: strip_prefix })) ?? [
      { path: '/', stripPrefix: false },
    ]
  );
}

const healthOf = (health: NonNullable<ParsedService['health']>): HealthSpec => ({
  path: health.path,
  host: health.host,
  port: health.port,
  interval: health.interval,
  timeout: health.timeout,
  failures: health.failures,
  startPeriod: health.start_period,
  command: health.command,
});

function canaryOf({
  steps = DEFAULT_STEPS,
  by = 'client',
}: NonNullable<ParsedService['deploy']['canary']>): CanarySpec {
  if (typeof by === 'string') return { steps, by };
  if (by.header !== undefined) return { steps, by: 'header', name: by.header.toLowerCase() };
  return { steps, by: 'cookie', name: by.cookie };
}

const deployOf = (deploy: ParsedService['deploy']): ServiceSpec['deploy'] => ({
  strategy: deploy.strategy,
  parallelism: deploy.parallelism,
  minReady: deploy.min_ready,
  monitor: deploy.monitor,
  ...(deploy.strategy === 'blue-green' && { keep: deploy.keep ?? DEFAULT_KEEP }),
  ...(deploy.strategy === 'canary' && { canary: canaryOf(deploy.canary ?? {}) }),
  deadline: deploy.deadline,
  rollback: deploy.rollback,
});
