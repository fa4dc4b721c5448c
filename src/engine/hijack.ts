import type { Socket } from 'node:net';
import type Docker from 'dockerode';
import { createFrameReader, type OutputChunk } from './frames.ts';

export interface HijackOptions {
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A POST that turns its connection into the streams of a process. The plain socket: docker-modem's own stream ignores
 * back-pressure, and cannot end one direction alone.
 */
export const hijack = (docker: Docker, path: string, { query, body, signal }: HijackOptions): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const options = {
      path: query === undefined ? path : `${path}?`,
      method: 'POST',
      statusCodes: { 200: true },
      isStream: true,
      hijack: true,
      allowEmpty: true,
      options: query === undefined ? body : { _query: query, _body: body ?? {} },
      ...(signal !== undefined && { abortSignal: signal }),
    };
    docker.modem.dial(options as Parameters<typeof docker.modem.dial>[0], (error, socket) =>
      error === null ? resolve(heard(socket as Socket)) : reject(error),
    );
  });

/** Whoever reads gets the error; until then, and for writes after the end, nobody may be brought down by it. */
const heard = (socket: Socket): Socket => socket.on('error', () => undefined);

/**
 * @param tty the stream is as the process wrote it; else it is multiplexed
 * @param toError what is thrown for a connection that breaks
 */
export async function* outputOf(
  socket: Socket,
  tty: boolean,
  toError: (error: unknown) => Error,
): AsyncGenerator<OutputChunk> {
  const read = tty ? plain : createFrameReader();
  try {
    for await (const chunk of socket) yield* read(chunk as Uint8Array);
  } catch (error) {
    throw toError(error);
  }
}

function* plain(bytes: Uint8Array): Generator<OutputChunk> {
  yield { stream: 'stdout', bytes };
}
