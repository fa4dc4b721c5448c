import type { VolumeInspectInfo } from 'dockerode';
import { LABEL } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { statusOf } from './docker-error.ts';

/** The kind in the label of a volume that is the folder of files in a container whose own file system takes none. */
export const FILE_VOLUME = 'files';

export const fileVolumeLabels = (cluster: string): Record<string, string> => ({
  [LABEL.cluster]: cluster,
  [LABEL.kind]: FILE_VOLUME,
});

const WRITE_LIMIT = 60_000;

/**
 * Removes the folders of files whose container is gone: there may be secrets in them. Docker removes them with a container only
 * where it is told to, and takes volumes with it then that orca did not make. It knows a volume as one of its container before
 * that is made, and refuses one that has a container. `GET /volumes?filters={"dangling":["true"]}`
 */
export async function removeLeftFileVolumes(client: DockerClient, cluster: string): Promise<readonly string[]> {
  const labels = fileVolumeLabels(cluster);
  const filters = JSON.stringify({
    dangling: ['true'],
    label: Object.entries(labels).map(([key, value]) => `${key}=${value}`),
  });
  const { Volumes: found } = await client.call('list the folders of files', (docker, abortSignal) =>
    docker.listVolumes({ filters, abortSignal }),
  );
  const removed: string[] = [];
  for (const { Name } of (found ?? []).filter(bears(labels))) if (await remove(client, Name)) removed.push(Name);
  return removed;
}

const bears =
  (labels: Readonly<Record<string, string>>) =>
  ({ Labels }: VolumeInspectInfo): boolean =>
    Object.entries(labels).every(([key, value]) => (Labels as Record<string, string> | null)?.[key] === value);

/** False if a container has it by now, or it is gone. `DELETE /volumes/{name}` */
async function remove(client: DockerClient, name: string): Promise<boolean> {
  try {
    await client.call(
      `remove volume "${name}"`,
      (docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }),
      { limit: WRITE_LIMIT },
    );
    return true;
  } catch (error) {
    if ([404, 409].includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}
