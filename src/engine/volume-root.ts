import type { ContainerCreateOptions } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import { LABEL } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { directoryArchive } from './directory-archive.ts';
import { statusOf } from './docker-error.ts';
import type { VolumeRoot } from './volume.ts';

/** Takes away what a killed process has left of a volume's making. */
export type RemoveHelper = (volume: string) => Promise<void>;

export interface SetVolumeRoot {
  set(root: VolumeRoot): Promise<void>;
  readonly remove: RemoveHelper;
  /** By its id, unless it is in use here. */
  removeLeft(container: string, id: string): Promise<void>;
}

const WRITE_LIMIT = 60_000;

/** Where the volume is found in its helper, beside where the image may have files for it. */
const PLACE = 'orca-volume';

const helperOf = (volume: string): string => `orca-volume-${volume}`;

/**
 * Owner and permissions of a volume's root directory, without a shell and without an image of orca's own: a container of the
 * image that will have it is made and never started, and an archive of one directory is unpacked over its mount. In the
 * archive of the directory itself Docker passes `.` over, so it is unpacked to the parent.
 */
export function createSetVolumeRoot(client: DockerClient, cluster: string): SetVolumeRoot {
  const remove = (volume: string) => removeHelper(client, cluster, helperOf(volume));
  /** Helpers that this process has, or is about to have. */
  const inUse = new Set<string>();

  const setBy = async (root: VolumeRoot): Promise<void> => {
    await remove(root.name);
    const id = await create(client, cluster, root);
    try {
      await unpack(client, id, root);
    } finally {
      await removeById(client, id);
    }
  };

  return {
    remove,
    removeLeft: async (container, id) => {
      if (!inUse.has(container)) await removeById(client, id);
    },
    set: async (root) => {
      inUse.add(helperOf(root.name));
      try {
        await setBy(root);
      } finally {
        inUse.delete(helperOf(root.name));
      }
    },
  };
}

async function create(client: DockerClient, cluster: string, { name, image, target }: VolumeRoot): Promise<string> {
  const request: ContainerCreateOptions = {
    name: helperOf(name),
    Image: image.pinned,
    // One that has neither command nor entrypoint is refused, started or not.
    Cmd: ['never-started'],
    Labels: { [LABEL.cluster]: cluster, [LABEL.kind]: 'volume' },
    HostConfig: {
      NetworkMode: 'none',
      Mounts: [target, `/${PLACE}`].map((Target) => ({ Type: 'volume', Source: name, Target })),
    },
  };
  const { id } = await client.call(
    `make a container for the volume "${name}"`,
    (docker, abortSignal) => docker.createContainer({ ...request, abortSignal }),
    { limit: WRITE_LIMIT },
  );
  return id;
}

/** `PUT /containers/{id}/archive` */
async function unpack(client: DockerClient, id: string, { name, owner, mode }: VolumeRoot): Promise<void> {
  const [uid = 0, gid = 0] = (owner ?? '0:0').split(':').map(Number);
  const archive = directoryArchive({ name: PLACE, uid, gid, mode: Number.parseInt(mode ?? '0755', 8) });
  await client.call(
    `set owner and permissions of the volume "${name}"`,
    (docker, abortSignal) => docker.getContainer(id).putArchive(archive, { path: '/', abortSignal }),
    { limit: WRITE_LIMIT },
  );
}

/** Only what bears the labels of this cluster's helper. */
async function removeHelper(client: DockerClient, cluster: string, name: string): Promise<void> {
  const found = await client
    .call(`inspect container "${name}"`, (docker, abortSignal) => docker.getContainer(name).inspect({ abortSignal }))
    .catch(unlessGone);
  if (!found) return;
  const { [LABEL.cluster]: owner, [LABEL.kind]: kind } = found.Config.Labels ?? {};
  if (owner !== cluster || kind !== 'volume') {
    throw new OrcaError('conflict', `a container named "${name}" exists, and it is not this cluster's`, {
      hint: 'remove or rename it',
    });
  }
  await removeById(client, found.Id);
}

/** Anonymous volumes that the image asks for go with it; the named one does not. */
async function removeById(client: DockerClient, id: string): Promise<void> {
  await client
    .call(
      `remove container "${id}"`,
      (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      { limit: WRITE_LIMIT },
    )
    .catch(unlessGone);
}

function unlessGone(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}
