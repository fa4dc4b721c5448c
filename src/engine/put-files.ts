import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { ownerHeader } from '../core/copy/owner-header.ts';
import { OrcaError } from '../core/errors.ts';
import { groupFiles } from '../core/model/file-layout.ts';
import type { DockerClient } from './client.ts';
import type { ContainerCreate, ContainerFile } from './engine.ts';
import { statPath } from './stat-path.ts';

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
  await Promise.all(files.map(({ target }) => requireNoFolder(client, { id, name }, target)));
  for (const { folder, files: some } of groupFiles(files, spec)) {
    const archive = await archiveOf(folder, some);
    await client.call(
      `put files into container "${name}"`,
      (docker, abortSignal) =>
        docker.getContainer(id).putArchive(archive, { path: folder, noOverwriteDirNonDir: 'true', abortSignal }),
      { limit: LIMIT },
    );
  }
}

/** A file takes the place of whatever is there: a folder would go with all that is in it, and so would a link to one. */
async function requireNoFolder(client: DockerClient, container: Named, target: string): Promise<void> {
  const found = await statPath(client, container, target);
  const at = found?.linkTarget === undefined ? found : await statPath(client, container, found.linkTarget);
  if (at?.kind !== 'directory') return;
  const what = found?.kind === 'link' ? `a link to the folder ${found.linkTarget}` : 'a folder';
  throw new OrcaError('conflict', `the file ${target} cannot be made: the image has ${what} there`, {
    hint: `name a file in that folder as its target, such as ${posix.join(target, 'FILE')}`,
  });
}

type Named = { readonly id: string; readonly name: string };

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
