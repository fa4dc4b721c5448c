import type { Readable } from 'node:stream';
import { notFound, OrcaError } from '../core/errors.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import { toOrcaError } from './docker-error.ts';
import type { LogLine, LogQuery } from './engine.ts';
import { createFrameParser, createLineParser } from './log-frames.ts';
import type { OwnContainers } from './own-containers.ts';

/** Without `follow` the engine has all it will send: silence longer than this is a hung engine. */
const SILENCE = 30_000;

/**
 * A container's log, oldest line first. Nothing is read ahead of the consumer but what fits the socket's buffers: a
 * consumer that stops reading stops the engine's sending. `GET /containers/{id}/logs`
 */
export async function* readLogs(
  client: DockerClient,
  containers: OwnContainers,
  name: string,
  query: LogQuery,
): AsyncGenerator<LogLine> {
  if (query.signal?.aborted) return;
  const opened = await containers.act(name, async (own) => ({ own, stream: await open(client, own.id, name, query) }));
  if (opened === undefined) throw notFound('container', name);
  const { own, stream } = opened;
  const parser = own.tty ? createLineParser('stdout') : createFrameParser();
  const abort = () => stream.destroy();
  query.signal?.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of query.follow === true ? stream : noSilence(client, stream)) yield* parser.push(chunk);
    yield* parser.end();
  } catch (error) {
    if (!query.signal?.aborted) throw toOrcaError(`read the log of "${name}"`, client.url, error);
  } finally {
    query.signal?.removeEventListener('abort', abort);
    stream.destroy();
  }
}

/** dockerode gives a stream only with `follow`, and a whole buffer without. */
const open = (client: DockerClient, id: string, name: string, query: LogQuery): Promise<Readable> =>
  client.call(
    `read the log of "${name}"`,
    (docker, signal) =>
      dial<Readable>(docker, `/containers/${id}/logs`, { query: parameters(query), stream: true, signal }),
    { patient: true, signal: query.signal },
  );

const parameters = ({ tail, since, follow }: LogQuery) => ({
  stdout: true,
  stderr: true,
  timestamps: true,
  follow: follow === true,
  tail: tail ?? 'all',
  ...(since !== undefined && { since: (since / 1000).toFixed(3) }),
});

/** The limit counts only while the consumer waits for more. */
async function* noSilence(client: DockerClient, stream: Readable): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  const tooLong = () =>
    stream.destroy(
      new OrcaError('unavailable', `docker at ${client.url} stopped sending a log for ${SILENCE / 1000} s`),
    );
  for (;;) {
    const timer = setTimeout(tooLong, SILENCE);
    const next = await chunks.next().finally(() => clearTimeout(timer));
    if (next.done === true) return;
    yield next.value as Uint8Array;
  }
}
