import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { ownerHeader } from '../core/copy/owner-header.ts';
import { groupFiles } from '../core/model/file-layout.ts';
import type { DockerClient } from './client.ts';
import type { ContainerCreate, ContainerFile } from './engine.ts';

/** 10 MiB onto a busy disk. */
const LIMIT = 60_000;

/**
 * Puts its files into a container that does not run yet. Docker makes the folders that are missing. What its file system
 * does not take goes into volumes, which `createRequest` asked for. `PUT /containers/{id}/archive`
 */
export async function putFiles(
  client: DockerClient,
  id: string,
  { name, spec, files = [] }: ContainerCreate,
): Promise<void> {
  for (const { folder, files: some } of groupFiles(files, spec)) {
    const archive = await archiveOf(folder, some);
    await client.call(
      `put files into container "${name}"`,
      (docker, abortSignal) => docker.getContainer(id).putArchive(archive, { path: folder, abortSignal }),
      { limit: LIMIT },
    );
  }
}

/** Times are none: the same files are the same archive. */
async function archiveOf(folder: string, files: readonly ContainerFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { target, mode, uid, gid, content } of files) {
    const name = posix.relative(folder, target);
    archive.entry({ name, mode, ...ownerHeader({ uid, gid }), mtime: EPOCH }, Buffer.from(content));
  }
  archive.finalize();
  return buffer(archive);
}

const EPOCH = new Date(0);
