import { OrcaError } from '../errors.ts';
import { canonicalJson } from '../model/container-hash.ts';
import type { KnownVolume } from '../model/known-volume.ts';
import { type VolumeSpec, volumeName } from '../model/volume.ts';

/** A volume as it was found on the engine. */
export interface FoundVolume {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  /** Whose label it bears: this cluster's, another one's, or none. */
  readonly owner: 'own' | 'other' | 'none';
}

export interface VolumeInput {
  readonly project: string;
  readonly spec: VolumeSpec;
  /** What orca knows of it. */
  readonly known?: KnownVolume | undefined;
  /** Undefined if there is none of the name. */
  readonly found?: FoundVolume | undefined;
}

/**
 * - `create`: it is not there, and never was
 * - `finish`: it was made, and a kill came before its root directory was set
 * - `adopt`: it was there before orca, and belongs to nobody
 * - `use`: it is ready
 */
export type VolumeAction = 'create' | 'finish' | 'adopt' | 'use';

/**
 * What has to be done before a container may mount a volume. Pure.
 *
 * @throws OrcaError `conflict` if none may: it is another cluster's, is made otherwise than declared, or is gone
 */
export function volumeAction({ project, spec, known, found }: VolumeInput): VolumeAction {
  const name = volumeName(project, spec);
  if (!found) {
    if (known?.state === 'ready') throw vanished(name);
    return 'create';
  }
  if (found.owner === 'other') throw foreign(name);
  requireSame(name, spec, found);
  if (found.owner === 'none') return known?.state === 'ready' ? 'use' : 'adopt';
  return known?.state === 'making' ? 'finish' : 'use';
}

/** Docker makes a volume that is missing without a word, and an application takes an empty one for a new beginning. */
const vanished = (name: string): OrcaError =>
  new OrcaError(
    'conflict',
    `the volume ${name} is gone from docker: it was in use before, and a new one would be empty`,
    {
      hint: `restore it under this name, or run \`orca volume rm ${name}\` to let orca make an empty one`,
      details: { volume: name },
    },
  );

const foreign = (name: string): OrcaError =>
  new OrcaError('conflict', `the volume ${name} belongs to another orca`, {
    hint: 'give the volume or the project another name',
    details: { volume: name },
  });

/** What a volume is made with cannot be changed. Options may hold passwords: their names are told alone. */
function requireSame(name: string, spec: VolumeSpec, found: FoundVolume): void {
  const hint = 'declare it as it is, or declare another one and copy the data';
  if (found.driver !== spec.driver) {
    const message = `the volume ${name} exists with the driver ${found.driver}, and is declared with ${spec.driver}`;
    throw new OrcaError('conflict', message, { hint, details: { volume: name } });
  }
  if (canonicalJson(found.options) === canonicalJson(spec.driverOpts)) return;
  const keys = [...new Set([...Object.keys(found.options), ...Object.keys(spec.driverOpts)])].sort();
  const other = keys.filter((key) => found.options[key] !== spec.driverOpts[key]);
  throw new OrcaError(
    'conflict',
    `the volume ${name} exists with other driver_opts than declared: ${other.join(', ')}`,
    {
      hint,
      details: { volume: name },
    },
  );
}

/** What is declared of its root directory and is not so, as it was made before; undefined where all is as declared. */
export function rootWarning({ project, spec, known, found }: VolumeInput): string | undefined {
  if (!found || (spec.owner === undefined && spec.mode === undefined) || known?.state === 'making') return undefined;
  if (known && !known.adopted && known.owner === spec.owner && known.mode === spec.mode) return undefined;
  return `the volume ${volumeName(project, spec)} exists: owner and mode are set only when orca makes a volume`;
}
