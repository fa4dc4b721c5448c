import type { VolumeBody } from '../../contract/volumes.ts';
import { LABEL } from '../../core/model/container.ts';
import type { KnownVolume } from '../../core/model/known-volume.ts';
import { volumeName } from '../../core/model/volume.ts';
import type { Engines } from '../../engine/engines.ts';
import type { VolumeView } from '../../engine/volume.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { type Mounters, mountersIn, NOBODY } from './mounters.ts';

export interface ListOptions {
  readonly state: State;
  readonly engines: Pick<Engines, 'nodes' | 'of'>;
}

interface Asked {
  readonly project?: string | undefined;
  /** Docker reads every file for it. */
  readonly size?: boolean | undefined;
}

/** What orca knows of a volume, beside what the engine has. One of them is there. */
export interface SeenVolume {
  readonly name: string;
  /** Id of the node whose engine has it, or had. */
  readonly node: string;
  readonly project: string;
  readonly volume: string;
  readonly known?: KnownVolume | undefined;
  readonly found?: VolumeView | undefined;
}

/** Volumes that orca made or took over, of projects that the caller reaches, by name. */
export async function listVolumes(options: ListOptions, caller: Caller, asked: Asked): Promise<VolumeBody[]> {
  const isAsked = ({ project }: SeenVolume) =>
    reaches(caller, project) && (asked.project === undefined || asked.project === project);
  const { state } = options;
  const seen = (await seenVolumes(options)).filter(isAsked);
  const sizes = asked.size ? await sizesBy(options, new Set(seen.map(({ node }) => node))) : new Map();
  const projects = [...new Set(seen.map(({ project }) => project))];
  const mounters = new Map<string, Mounters>();
  for (const project of projects) for (const [name, of] of await mountersIn(state, project)) mounters.set(name, of);
  return seen.map((one) => present(one, mounters.get(one.name) ?? NOBODY, sizes.get(one.node)?.get(one.name) ?? null));
}

/** @throws OrcaError `unavailable` if no engine tells: what is on one that does not is neither there nor gone, and left out */
export async function seenVolumes({ state, engines }: ListOptions): Promise<readonly SeenVolume[]> {
  const [found, { records }] = await Promise.all([volumesBy(engines), state.volumes.listReadable()]);
  const known = records.flatMap(({ value }): SeenVolume[] => {
    const name = volumeName(value.project, value);
    const there = found.get(value.node);
    const { project, node } = value;
    return there ? [{ name, node, project, volume: value.name, known: value, found: there.get(name) }] : [];
  });
  const names = new Set(known.map(placeOf));
  const labelled = Array.from(found, ([node, there]) => [...there.values()].flatMap((one) => ofLabels(one, node)));
  const unknown = labelled.flat().filter((one) => !names.has(placeOf(one)));
  return [...known, ...unknown].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

const placeOf = ({ name, node }: SeenVolume): string => `${name} ${node}`;

/** By node and by name. */
async function volumesBy(
  engines: ListOptions['engines'],
): Promise<ReadonlyMap<string, ReadonlyMap<string, VolumeView>>> {
  const read = async (node: string) => {
    const volumes = await engines.of(node).volumes();
    return [node, new Map(volumes.map((volume) => [volume.name, volume]))] as const;
  };
  const asked = await Promise.allSettled(engines.nodes().map(read));
  const told = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = asked.find((one) => one.status === 'rejected');
  if (failed && told.length === 0) throw failed.reason;
  return new Map(told);
}

/** By node and by name; nothing of an engine that does not tell. */
async function sizesBy({ engines }: ListOptions, nodes: ReadonlySet<string>) {
  const read = async (node: string) => {
    const sizes = await engines.of(node).volumeSizes();
    return [node, sizes] as const;
  };
  const asked = await Promise.allSettled([...nodes].map(read));
  return new Map(asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
}

/** Of a store that has forgotten it. */
function ofLabels(found: VolumeView, node: string): SeenVolume[] {
  const { [LABEL.project]: project, [LABEL.volume]: volume } = found.labels;
  if (found.owner !== 'own' || project === undefined || volume === undefined) return [];
  return [{ name: found.name, node, project, volume, found }];
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
