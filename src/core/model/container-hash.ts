import { createHash } from 'node:crypto';
import type { ResolvedImage } from './revision.ts';
import { DEFAULT_PIDS, type HealthSpec, type ServiceSpec } from './service-spec.ts';
import { identityOf } from './templates.ts';

/**
 * Identity of what a task runs (the label `orca.spec`): 32 hexadecimal digits. Two revisions with the same hash share
 * their tasks; a different one replaces them.
 *
 * In it is what the container is created with. Domains, routes, replicas, deploy, drain times, how often is probed and
 * placement are not: they are read where they are used, and changing them touches no container.
 *
 * `port` and what a probe asks for are in it although Docker is not told of them: they decide whether a task is ready.
 * Changed in place, a wrong one would take every task out of routing at once with nothing to fall back to; replaced slot
 * by slot, the old tasks serve, probed as before, until new ones answer in the new way.
 */
export function containerHash(spec: ServiceSpec, image: ResolvedImage): string {
  return createHash('sha256')
    .update(canonicalJson(identity(spec, image)))
    .digest('hex')
    .slice(0, 32);
}

/** A key added later must be left out here while it has its default, or an upgrade would replace every container. */
const identity = (spec: ServiceSpec, image: ResolvedImage) => ({
  image: image.digest,
  command: spec.command?.map(identityOf),
  entrypoint: spec.entrypoint?.map(identityOf),
  port: spec.port,
  probe: spec.health && probeIdentity(spec.health),
  env: identitiesOf(spec.env),
  // Versions, never values: a new one is a change of the container.
  secrets: spec.secrets,
  files: spec.files && [...spec.files].sort((a, b) => (a.target < b.target ? -1 : 1)),
  ports: spec.ports.map(canonicalJson).sort(),
  resources: { ...spec.resources, pids: spec.resources.pids === DEFAULT_PIDS ? undefined : spec.resources.pids },
  stopSignal: spec.stopSignal,
  stopGrace: spec.stopGrace,
  restart: spec.restart,
  logging: spec.logging,
  init: spec.init,
  user: spec.user,
  workingDir: spec.workingDir,
  labels: identitiesOf(spec.labels),
  tmpfs: spec.tmpfs,
  shmSize: spec.shmSize,
  extraHosts: spec.extraHosts,
  readOnly: spec.readOnly,
  capDrop: [...spec.capDrop].sort(),
  capKeep: spec.capKeep.length > 0 ? [...spec.capKeep].sort() : undefined,
  ulimits: spec.ulimits,
  mounts: mountsIdentity(spec),
});

/** In which order they are written is of no matter, and what a volume is declared as was settled when it was made. */
function mountsIdentity({ volumes, hostPaths }: ServiceSpec): readonly string[] | undefined {
  const mounts = [
    ...volumes.map(({ volume, target, readOnly }) => ({ volume: volume.name, target, readOnly })),
    ...hostPaths.map(({ path, target, readOnly }) => ({ path, target, readOnly })),
  ];
  return mounts.length > 0 ? mounts.map(canonicalJson).sort() : undefined;
}

/** The default of `host` comes from the domains, which touch no container: a task is probed by those it was made with. */
const probeIdentity = ({ path, host, port, timeout, command }: HealthSpec) => ({ path, host, port, timeout, command });

const identitiesOf = (templates: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, identityOf(template)]));

/** JSON with the keys of every map sorted and absent values left out, so equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
