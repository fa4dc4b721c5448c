import type { IncomingMessage } from 'node:http';
import type { PathStat } from '../core/copy/path-stat.ts';
import type { DockerClient } from './client.ts';
import { statusOf } from './docker-error.ts';
import { toPathStat } from './path-stat.ts';

/** Until Docker has found a path on a busy disk, ms. */
export const FIND_LIMIT = 60_000;

/** What is at a path of a container, a link as such; undefined if nothing is. `HEAD /containers/{id}/archive` */
export async function statPath(
  client: DockerClient,
  { id, name }: { readonly id: string; readonly name: string },
  path: string,
): Promise<PathStat | undefined> {
  const answer = await client
    .call(
      `look for ${path} in "${name}"`,
      (docker, abortSignal) => docker.getContainer(id).infoArchive({ path, abortSignal }),
      { limit: FIND_LIMIT },
    )
    .catch(unlessGone);
  if (!answer) return undefined;
  const { headers } = (answer as IncomingMessage).resume();
  return toPathStat(String(headers['x-docker-container-path-stat'] ?? ''));
}

function unlessGone(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}
