import type { ContainerInfo, VolumeInspectInfo } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import { LABEL } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import { statusOf } from './docker-error.ts';
import { removeLeftFileVolumes } from './left-file-volumes.ts';
import type { EngineVolumes, VolumeCreate, VolumeUser, VolumeView } from './volume.ts';
import { createSetVolumeRoot, type RemoveHelper } from './volume-root.ts';

/** Docker walks through all files of all volumes. */
const SIZES_LIMIT = 20_000;
const WRITE_LIMIT = 60_000;

export function createVolumes(client: DockerClient, cluster: string): EngineVolumes {
  const helper = createSetVolumeRoot(client, cluster);
  return {
    volumes: async () => {
      const { Volumes: found } = await client.call('list volumes', (docker, abortSignal) =>
        docker.listVolumes({ abortSignal }),
      );
      return (found ?? []).map((info) => toView(info, cluster));
    },
    volume: (name) => inspect(client, cluster, name),
    createVolume: (volume) => create(client, cluster, volume),
    setVolumeRoot: helper.set,
    removeLeftHelper: helper.removeLeft,
    removeLeftFileVolumes: () => removeLeftFileVolumes(client, cluster),
    volumeUsers: async (name) => {
      const filters = { volume: [name] };
      const found = await client.call(`list what has the volume "${name}"`, (docker, abortSignal) =>
        docker.listContainers({ all: true, filters, abortSignal }),
      );
      return found.flatMap((info) => userOf(info, name, cluster));
    },
    volumeSizes: () => sizes(client),
    removeVolume: (name) => remove(client, helper.remove, name),
  };
}

async function inspect(client: DockerClient, cluster: string, name: string): Promise<VolumeView | undefined> {
  const what = `inspect volume "${name}"`;
  const path = `/volumes/${encodeURIComponent(name)}`;
  const found = await client
    .call(what, (docker, signal) => dial<VolumeInspectInfo>(docker, path, { signal }))
    .catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
      return undefined;
    });
  return found && toView(found, cluster);
}

/** Docker answers for one that was there as if it had made it, and does not change it: what it is then is looked up. */
async function create(
  client: DockerClient,
  cluster: string,
  { name, driver, driverOpts, labels }: VolumeCreate,
): Promise<VolumeView> {
  const body = { Name: name, Driver: driver, DriverOpts: { ...driverOpts }, Labels: { ...labels } };
  await client.call(`create volume "${name}"`, (docker, abortSignal) => docker.createVolume({ ...body, abortSignal }), {
    limit: WRITE_LIMIT,
  });
  const made = await inspect(client, cluster, name);
  if (made) return made;
  throw new OrcaError('unavailable', `the volume "${name}" was removed as soon as it was made`);
}

async function remove(client: DockerClient, removeHelper: RemoveHelper, name: string): Promise<'removed' | 'gone'> {
  await removeHelper(name);
  try {
    await client.call(
      `remove volume "${name}"`,
      (docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }),
      { limit: WRITE_LIMIT },
    );
    return 'removed';
  } catch (error) {
    if (statusOf(error) === 404) return 'gone';
    throw error;
  }
}

function toView({ Name, Driver, Options, Labels }: VolumeInspectInfo, cluster: string): VolumeView {
  const labels = (Labels as Record<string, string> | null) ?? {};
  const { [LABEL.cluster]: of } = labels;
  const owner = of === undefined ? 'none' : of === cluster ? 'own' : 'other';
  return { name: Name, driver: Driver, options: Options ?? {}, labels, owner };
}

/** The filter also finds containers that have another volume at a path of this name. */
function userOf({ Id, Names, Labels, State, Mounts }: ContainerInfo, volume: string, cluster: string): VolumeUser[] {
  const mounts = Mounts.filter(({ Name, Type }) => Type === 'volume' && Name === volume);
  if (mounts.length === 0 || Labels?.[LABEL.kind] === 'volume') return [];
  const name = (Names.find((each) => each.lastIndexOf('/') === 0) ?? Id).replace(/^\//, '');
  const isUp = ['running', 'paused', 'restarting'].includes(State);
  const { [LABEL.cluster]: owner, [LABEL.project]: project, [LABEL.service]: service } = Labels ?? {};
  const isOwn = owner === cluster;
  const readOnly = mounts.every(({ RW }) => !RW);
  return [{ id: Id, name, ...(isOwn && { project, service }), isOwn, isUp, readOnly }];
}

interface Usage {
  readonly Volumes?: readonly (VolumeInspectInfo & { readonly Name: string })[] | null;
}

/** Only volumes are asked for since API 1.42; -1 is of a driver that does not tell. */
async function sizes(client: DockerClient): Promise<ReadonlyMap<string, number>> {
  const usage = await client.call(
    'tell the size of volumes',
    (docker, signal) => dial<Usage>(docker, '/system/df', { query: { type: 'volume' }, signal }),
    { limit: SIZES_LIMIT, patient: true },
  );
  const found = (usage.Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData?.Size ?? -1] as const);
  return new Map(found.filter(([, size]) => size >= 0));
}
