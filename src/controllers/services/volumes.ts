import { OrcaError } from '../../core/errors.ts';
import { LABEL } from '../../core/model/container.ts';
import type { KnownVolume } from '../../core/model/known-volume.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Task } from '../../core/model/task.ts';
import { hasOwnRoot, type VolumeMount, type VolumeSpec, volumeName } from '../../core/model/volume.ts';
import { volumeAction } from '../../core/volumes/volume-action.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';
import { createTurnsByName } from '../turns.ts';

/**
 * Runs the work that starts a task's container once its volumes are there and nobody else writes to those that only one task
 * may write to. Work that needs the same volume takes turns.
 *
 * @throws OrcaError `conflict` for a volume that may not be used; `unavailable` for one that is in use
 */
export type WithVolumes = <T>(task: Mounting, revision: Revision, work: () => Promise<T>) => Promise<T>;

/** A task, or a one-off container. */
export type Mounting = Pick<Task, 'id' | 'project' | 'node'>;

export interface VolumesOptions {
  readonly state: State;
  readonly engines: Pick<Engines, 'of'>;
  readonly commit: Commit;
  readonly clock: { now(): number };
  readonly cluster: string;
}

export function createWithVolumes(options: VolumesOptions): WithVolumes {
  const inTurn = createTurnsByName();
  return async (task, revision, work) => {
    const { volumes, project } = revision.spec;
    if (volumes.length === 0) return work();
    return inTurn(
      volumes.map(({ volume }) => `${task.node} ${volumeName(project, volume)}`),
      async () => {
        for (const mount of volumes) await ensure(options, task, revision, mount);
        for (const mount of volumes) await requireFree(options.engines.of(task.node), task, mount);
        return work();
      },
    );
  };
}

/** Looked up before each container: Docker makes what is missing without a label, and empty. */
async function ensure(options: VolumesOptions, task: Mounting, revision: Revision, mount: VolumeMount): Promise<void> {
  const { state, engines } = options;
  const { project, node } = task;
  const engine = engines.of(node);
  const { volume: spec } = mount;
  const known = await state.volumes.get(project, spec.name);
  const found = await engine.volume(volumeName(project, spec));
  const action = volumeAction({ project, spec, known: known?.value, found });
  const record: KnownVolume = { project, name: spec.name, node, state: 'ready', at: options.clock.now() };
  if (action === 'use') return known ? undefined : note(options, known, record);
  if (action === 'adopt') return note(options, known, { ...record, adopted: true });
  const making = await begin(options, known, { ...record, ...rootOf(spec), state: 'making' });
  if (action === 'create') await create(options, task, spec);
  if (hasOwnRoot(spec)) await setRoot(engine, revision, mount);
  await note(options, making, { ...making.value, state: 'ready' });
}

const rootOf = ({ owner, mode }: VolumeSpec) => ({
  ...(owner !== undefined && { owner }),
  ...(mode !== undefined && { mode }),
});

/** That it is being made is written down first: what is found half made is finished, and never taken for one with data in it. */
async function begin(
  options: VolumesOptions,
  known: Stored<KnownVolume> | undefined,
  making: KnownVolume,
): Promise<Stored<KnownVolume>> {
  await note(options, known, making);
  const stored = await options.state.volumes.get(making.project, making.name);
  if (stored) return stored;
  throw new OrcaError('conflict', `the volume ${making.name} was removed while it was made`);
}

async function create({ engines, cluster }: VolumesOptions, task: Mounting, spec: VolumeSpec): Promise<void> {
  const { project, node } = task;
  const labels = { [LABEL.cluster]: cluster, [LABEL.project]: project, [LABEL.volume]: spec.name };
  const { driver, driverOpts } = spec;
  const made = await engines.of(node).createVolume({ name: volumeName(project, spec), driver, driverOpts, labels });
  if (made.owner === 'own') return;
  throw new OrcaError('unavailable', `the volume ${made.name} was made by somebody else at this moment`);
}

async function setRoot(engine: Engine, { spec, image }: Revision, { volume, target }: VolumeMount): Promise<void> {
  if (!image) throw new OrcaError('unavailable', `the image of ${spec.name} is not resolved`);
  const { owner, mode } = volume;
  await engine.setVolumeRoot({ name: volumeName(spec.project, volume), image, target, owner, mode });
}

async function note(
  { state, commit }: VolumesOptions,
  known: Stored<KnownVolume> | undefined,
  next: KnownVolume,
): Promise<void> {
  await commit([known ? unchanged(known) : state.volumes.absent(next)], [state.volumes.put(next)]);
}

/** What the planner has seen to already, of orca's own tasks; and containers that are not orca's. */
async function requireFree(engine: Engine, task: Mounting, { volume, readOnly }: VolumeMount): Promise<void> {
  if (readOnly || volume.shared) return;
  const name = volumeName(task.project, volume);
  const users = await engine.volumeUsers(name);
  const writer = users.find((user) => user.isUp && !user.readOnly && user.name !== task.id);
  if (!writer) return;
  throw new OrcaError('unavailable', `the volume ${name} is in use by the container ${writer.name}`, {
    hint: `stop it (docker stop ${writer.name}), or declare the volume \`shared: true\``,
    details: { volume: name, container: writer.name },
  });
}
