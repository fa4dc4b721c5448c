import type { VolumeBody } from '../../contract/volumes.ts';
import { LABEL } from '../../core/model/container.ts';
import type { KnownVolume } from '../../core/model/known-volume.ts';
import { volumeName } from '../../core/model/volume.ts';
import type { Engine } from '../../engine/engine.ts';
import type { VolumeView } from '../../engine/volume.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { type Mounters, mountersIn, NOBODY } from './mounters.ts';

export interface ListOptions {
  readonly state: State;
  readonly engine: Engine;
}

interface Asked {
  readonly project?: string | undefined;
  /** Docker reads every file for it. */
  readonly size?: boolean | undefined;
}

/** What orca knows of a volume, beside what the engine has. One of them is there. */
export interface SeenVolume {
  readonly name: string;
  readonly project: string;
  readonly volume: string;
  readonly known?: KnownVolume | undefined;
  readonly found?: VolumeView | undefined;
}

/** Volumes that orca made or took over, of projects that the caller reaches, by name. */
export async function listVolumes({ state, engine }: ListOptions, caller: Caller, asked: Asked): Promise<VolumeBody[]> {
  const isAsked = ({ project }: SeenVolume) =>
    reaches(caller, project) && (asked.project === undefined || asked.project === project);
  const seen = (await seenVolumes({ state, engine })).filter(isAsked);
  const sizes = asked.size ? await engine.volumeSizes().catch(() => new Map<string, number>()) : new Map();
  const projects = [...new Set(seen.map(({ project }) => project))];
  const mounters = new Map<string, Mounters>();
  for (const project of projects) for (const [name, of] of await mountersIn(state, project)) mounters.set(name, of);
  return seen.map((one) => present(one, mounters.get(one.name) ?? NOBODY, sizes.get(one.name) ?? null));
}

export async function seenVolumes({ state, engine }: ListOptions): Promise<readonly SeenVolume[]> {
  const [found, { records }] = await Promise.all([engine.volumes(), state.volumes.listReadable()]);
  const byName = new Map(found.map((volume) => [volume.name, volume]));
  const known = records.map(({ value }): SeenVolume => {
    const name = volumeName(value.project, value);
    return { name, project: value.project, volume: value.name, known: value, found: byName.get(name) };
  });
  const names = new Set(known.map(({ name }) => name));
  const labelled = found.filter(({ owner, name }) => owner === 'own' && !names.has(name)).flatMap(ofLabels);
  return [...known, ...labelled].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of a store that has forgotten it. */
function ofLabels(found: VolumeView): SeenVolume[] {
  const { [LABEL.project]: project, [LABEL.volume]: volume } = found.labels;
  return project === undefined || volume === undefined ? [] : [{ name: found.name, project, volume, found }];
}

const present = (
  { name, project, volume, known, found }: SeenVolume,
  { services, revisions }: Mounters,
  size: number | null,
): VolumeBody => ({
  name,
  project,
  volume,
  state: stateOf(found !== undefined || known?.state === 'making', services.length, revisions.length),
  driver: found?.driver ?? null,
  adopted: known?.adopted ?? false,
  size_bytes: size,
  created_at: known?.at ?? null,
  services: services.map(({ service, readOnly }) => ({ service, read_only: readOnly })),
  revisions: [...revisions],
});

function stateOf(isThere: boolean, services: number, revisions: number): VolumeBody['state'] {
  if (!isThere) return 'gone';
  if (services > 0) return 'used';
  return revisions > 0 ? 'rollback' : 'orphaned';
}
