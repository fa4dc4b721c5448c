import type { ContainerInfo, ImageInfo } from 'dockerode';
import { LABEL } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import type { EngineUsage } from './engine.ts';
import type { DiskInfo, DiskOf } from './free-disk.ts';

/** What the containers wrote is counted file by file. */
const SIZES_LIMIT = 30_000;

/** `GET /images/json`, `/containers/json`, `/info`. Not `/system/df`: that counts the files of every volume, too. */
export async function readUsage(client: DockerClient, cluster: string, diskOf: DiskOf): Promise<EngineUsage> {
  const list = <T>(path: string, query: Readonly<Record<string, unknown>>, limit?: number) =>
    client.call(
      'list what takes room',
      (docker, signal) => dial<readonly T[]>(docker, path, { query, signal }),
      limit === undefined ? {} : { limit, patient: true },
    );
  const info = await client.call('describe itself', (docker, signal) => dial<DiskInfo>(docker, '/info', { signal }));
  const filters = JSON.stringify({ label: [`${LABEL.cluster}=${cluster}`] });
  const [images, containers, sized] = await Promise.all([
    list<ImageInfo>('/images/json', { digests: true }),
    list<ContainerInfo>('/containers/json', { all: true }),
    list<Sized>('/containers/json', { all: true, size: true, filters }, SIZES_LIMIT).catch(() => []),
  ]);
  const sizes = new Map(sized.map(({ Id, SizeRw }) => [Id, SizeRw ?? 0]));
  return {
    disk: await diskOf(info),
    images: images.map(({ Id, RepoDigests, RepoTags, Size }) => ({
      id: Id,
      digests: (RepoDigests ?? []).filter(isNamed),
      tags: (RepoTags ?? []).filter(isNamed),
      bytes: Size,
    })),
    containers: containers.map((one) => ({
      name: (one.Names[0] ?? one.Id).replace(/^\//, ''),
      image: one.ImageID,
      labels: one.Labels ?? {},
      isOwn: one.Labels?.[LABEL.cluster] === cluster,
      state: one.State,
      bytes: sizes.get(one.Id),
    })),
  };
}

type Sized = ContainerInfo & { readonly SizeRw?: number };

/** Docker writes `<none>` where there is none. */
const isNamed = (name: string): boolean => !name.includes('<none>');
