import type { ServiceSpec } from '../model/service-spec.ts';
import { type HostMount, type VolumeSpec, volumeName, volumesOf } from '../model/volume.ts';

/**
 * What both write to and only one task may: `volume shop_uploads`, `host path /srv/data`. Undefined if there is none. Who only
 * reads is in nobody's way, nor is who writes to what all of its writers call shared.
 */
export const sharedMount = (spec: ServiceSpec, other: ServiceSpec): string | undefined =>
  sharedVolume(spec, other) ?? sharedPath(spec, other);

function sharedVolume(spec: ServiceSpec, other: ServiceSpec): string | undefined {
  if (spec.project !== other.project) return undefined;
  const taken = writtenTo(spec).find((volume) =>
    writtenTo(other).some((held) => held.name === volume.name && !(held.shared && volume.shared)),
  );
  return taken && `volume ${volumeName(spec.project, taken)}`;
}

const writtenTo = ({ volumes }: ServiceSpec): readonly VolumeSpec[] =>
  volumes.filter(({ readOnly }) => !readOnly).map(({ volume }) => volume);

function sharedPath(spec: ServiceSpec, other: ServiceSpec): string | undefined {
  const written = other.hostPaths.filter(({ readOnly }) => !readOnly);
  const taken = spec.hostPaths.find((wanted) => !wanted.readOnly && written.some((held) => overlap(wanted, held)));
  return taken && `host path ${taken.path}`;
}

const overlap = (a: HostMount, b: HostMount): boolean =>
  !(a.shared && b.shared) && (holds(a.path, b.path) || holds(b.path, a.path));

const holds = (folder: string, path: string): boolean =>
  folder === path || path.startsWith(folder === '/' ? folder : `${folder}/`);

/** How several tasks can have what `sharedMount` names; undefined for any other claim. */
export function toShareMount(what: string): string | undefined {
  if (what.startsWith('volume '))
    return 'only one task may write to a volume: mount it read-only (name:/path:ro), or declare it `shared: true` if the application can share it';
  if (what.startsWith('host path '))
    return 'only one task may write to a host path: mount it read-only (/path:/path:ro), or write `shared: true` beside it if the application can share it';
  return undefined;
}

export interface Declared {
  readonly service: string;
  readonly volume: VolumeSpec;
}

/** A volume that another service of the project declares otherwise: it can be made in one way only. */
export function declaredOtherwise(spec: ServiceSpec, others: readonly ServiceSpec[]): Declared | undefined {
  for (const other of others) {
    if (other.project !== spec.project || other.name === spec.name) continue;
    const volume = volumesOf(spec).find((mine) =>
      volumesOf(other).some((theirs) => theirs.name === mine.name && !isMadeAlike(mine, theirs)),
    );
    if (volume) return { service: other.name, volume };
  }
  return undefined;
}

const isMadeAlike = (a: VolumeSpec, b: VolumeSpec): boolean =>
  a.driver === b.driver && a.owner === b.owner && a.mode === b.mode && haveSameOptions(a.driverOpts, b.driverOpts);

type Options = VolumeSpec['driverOpts'];

const haveSameOptions = (a: Options, b: Options): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
