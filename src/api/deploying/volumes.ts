import type { Plan } from '../../contract/plan.ts';
import { OrcaError } from '../../core/errors.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { type VolumeMount, type VolumeSpec, volumeName, volumesOf } from '../../core/model/volume.ts';
import { rootWarning, type VolumeInput, volumeAction } from '../../core/volumes/volume-action.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import { warningOf } from './warning.ts';

export interface LookedAt {
  readonly state: State;
  /** Asked for volumes of which it is not known where they are. */
  readonly engine: Engine;
  readonly engines: Pick<Engines, 'of'>;
  /** Whether who asks may deploy to a project. */
  readonly mayDeployTo: (project: string) => boolean;
}

export interface SeenVolumes {
  readonly volumes: Plan['volumes'];
  readonly warnings: readonly string[];
}

/**
 * Looks at the volumes of a spec before anything is stopped for it.
 *
 * @throws OrcaError `conflict` if one of them could not be used
 */
export async function lookAtVolumes(tools: LookedAt, spec: ServiceSpec): Promise<SeenVolumes> {
  try {
    const seen = await Promise.all(volumesOf(spec).map((volume) => lookAt(tools, spec, volume)));
    for (const mount of spec.volumes) await requireNoStranger(tools, spec, mount);
    return { volumes: seen.flatMap(({ volumes }) => volumes), warnings: seen.flatMap(({ warnings }) => warnings) };
  } catch (error) {
    if (!(error instanceof OrcaError) || !['unavailable', 'timeout'].includes(error.code)) throw error;
    return { volumes: [], warnings: [warningOf(spec, `its volumes could not be looked at: ${error.message}`)] };
  }
}

async function lookAt(tools: LookedAt, spec: ServiceSpec, volume: VolumeSpec): Promise<SeenVolumes> {
  const { project } = spec;
  const name = volumeName(project, volume);
  const { known, engine } = await placeOf(tools, spec, volume);
  const input: VolumeInput = { project, spec: volume, known, found: await engine.volume(name) };
  const action = volumeAction(input);
  const warning = rootWarning(input);
  const warnings = warning === undefined ? [] : [warningOf(spec, warning)];
  if (action === 'use') return { volumes: [], warnings };
  if (action === 'adopt')
    return { volumes: [{ name, project, action: 'adopt', reason: 'it exists, and keeps its data' }], warnings };
  const others = await namesakes(tools, project, volume);
  const reason = ['it does not exist yet', ...others].join('; ');
  return { volumes: [{ name, project, action: 'create', reason }], warnings };
}

/** What is known of the volume, and the engine that has it. */
async function placeOf({ state, engine, engines }: LookedAt, { project }: ServiceSpec, { name }: VolumeSpec) {
  const known = (await ifReadable(state.volumes.get(project, name)))?.value;
  return { known, engine: known ? engines.of(known.node) : engine };
}

/** A service that moved to another project finds its volume empty there: it is told which one stays behind. */
async function namesakes({ state, mayDeployTo }: LookedAt, project: string, { name }: VolumeSpec): Promise<string[]> {
  const { records } = await state.volumes.listReadable();
  return records
    .map(({ value }) => value)
    .filter((other) => other.name === name && other.project !== project && mayDeployTo(other.project))
    .map((other) => `${volumeName(other.project, other)} of the project ${other.project} is another volume, and stays`);
}

/** A container that is not orca's and writes to the volume: orca's own are the planner's matter. */
async function requireNoStranger(tools: LookedAt, spec: ServiceSpec, { volume, readOnly }: VolumeMount): Promise<void> {
  if (readOnly || volume.shared) return;
  const { engine } = await placeOf(tools, spec, volume);
  const name = volumeName(spec.project, volume);
  const stranger = (await engine.volumeUsers(name)).find(({ isOwn, isUp, readOnly }) => !isOwn && isUp && !readOnly);
  if (!stranger) return;
  throw new OrcaError('conflict', `the container ${stranger.name}, which is not orca's, writes to the volume ${name}`, {
    hint: `stop it first: docker stop ${stranger.name}`,
    details: { volume: name, container: stranger.name },
  });
}
