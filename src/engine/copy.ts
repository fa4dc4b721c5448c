import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { PathStat } from '../core/copy/path-stat.ts';
import { notFound, OrcaError } from '../core/errors.ts';
import type { DockerClient } from './client.ts';
import { statusOf, toOrcaError } from './docker-error.ts';
import type { OwnContainers } from './own-containers.ts';
import { FIND_LIMIT, statPath } from './stat-path.ts';

/** Files that go into and come out of containers of the cluster, as tar archives. Docker resolves links inside the container. */
export interface EngineCopy {
  /** Undefined if there is no such path. Rejects with `not_found` without such a container. `HEAD /containers/{id}/archive` */
  statPath(name: string, path: string): Promise<PathStat | undefined>;
  /** A file or a directory with all in it, under its last name. Rejects with `not_found`. `GET /containers/{id}/archive` */
  readArchive(name: string, path: string): Promise<ArchiveStream>;
  /**
   * Unpacks into a directory that is there, never a directory over a file or the other way round. What was unpacked until it
   * failed stays. Rejects with `not_found`, `conflict` where nothing may be written. `PUT /containers/{id}/archive`
   */
  writeArchive(name: string, folder: string, archive: Readable, signal?: AbortSignal): Promise<void>;
}

export interface ArchiveStream {
  /** Nothing is read ahead of the reader. @throws OrcaError `unavailable` where it breaks off */
  readonly bytes: AsyncIterable<Uint8Array>;
  close(): void;
}

/** For a whole archive, over a slow line, ms. */
const WRITE_LIMIT = 24 * 3_600_000;

export function createCopy(client: DockerClient, containers: OwnContainers): EngineCopy {
  const idOf = async (name: string): Promise<string> => {
    const found = await containers.inspect(name);
    if (!found) throw notFound('container', name);
    return found.Id;
  };

  return {
    statPath: async (name, path) => statPath(client, { id: await idOf(name), name }, path),

    readArchive: async (name, path) => {
      const id = await idOf(name);
      const what = `read ${path} of "${name}"`;
      const stream = await client
        .call(what, (docker, abortSignal) => docker.getContainer(id).getArchive({ path, abortSignal }), {
          limit: FIND_LIMIT,
          patient: true,
        })
        .catch(unlessGone);
      if (!stream) throw notFound('path', path);
      const answer = stream as IncomingMessage;
      return { bytes: bytesOf(answer, (error) => toOrcaError(what, client.url, error)), close: () => answer.destroy() };
    },

    writeArchive: async (name, folder, archive, signal) => {
      let begun = false;
      archive.on('error', () => undefined); // also before the engine listens
      try {
        const id = await idOf(name);
        await client.call(
          `write to ${folder} in "${name}"`,
          (docker, abortSignal) => {
            if (begun || archive.destroyed) throw broken(); // an archive that flows is there once
            begun = true;
            const options = { path: folder, noOverwriteDirNonDir: 'true', abortSignal };
            return docker.getContainer(id).putArchive(archive, options);
          },
          { limit: WRITE_LIMIT, patient: true, signal },
        );
      } finally {
        archive.destroy();
      }
    },
  };
}

function unlessGone(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}

async function* bytesOf(answer: IncomingMessage, toError: (error: unknown) => Error): AsyncGenerator<Uint8Array> {
  try {
    yield* answer;
  } catch (error) {
    throw toError(error);
  }
}

const broken = (): OrcaError =>
  new OrcaError('unavailable', 'docker closed the connection in the middle of the archive', {
    hint: 'a part of it may have been copied: copy it again',
  });
