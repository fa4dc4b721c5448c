import { setTimeout as delay } from 'node:timers/promises';
import { notFound, OrcaError } from '../core/errors.ts';
import type { DockerClient } from './client.ts';
import { statusOf, toOrcaError } from './docker-error.ts';
import { hijack, outputOf } from './hijack.ts';
import type { OwnContainers } from './own-containers.ts';
import type { AttachedProcess } from './process.ts';

/** Between two looks whether it has ended, ms: first, longest. */
const [SOON, LATE] = [20, 500];

/**
 * Holds the streams of a container's own process. Attached before it is started, nothing of what it writes is missed.
 * `POST /containers/{id}/attach`
 *
 * @throws OrcaError `not_found`
 */
export async function attachContainer(
  client: DockerClient,
  containers: OwnContainers,
  name: string,
  tty: boolean,
): Promise<AttachedProcess> {
  const query = { stream: true, stdin: true, stdout: true, stderr: true };
  const what = `attach to container "${name}"`;
  const opened = await containers.act(name, async ({ id }) => ({
    id,
    socket: await client.call(what, (docker, signal) => hijack(docker, `/containers/${id}/attach`, { query, signal }), {
      patient: true,
      live: tty,
    }),
  }));
  if (opened === undefined) throw notFound('container', name);
  const { id, socket } = opened;
  const act = (verb: string, run: Parameters<typeof client.call<unknown>>[1]) =>
    client.call(`${verb} container "${name}"`, run).catch(unlessEnded);
  return {
    output: outputOf(socket, tty, (error) => toOrcaError(what, client.url, error)),
    stdin: socket,
    close: () => socket.destroy(),
    resize: async ({ rows, cols }) => {
      if (tty)
        await act('size the terminal of', (docker, abortSignal) =>
          docker.getContainer(id).resize({ h: rows, w: cols, abortSignal }),
        );
    },
    signal: async (signal) => {
      await act('signal', (docker, abortSignal) => docker.getContainer(id).kill({ signal, abortSignal }));
    },
    exitCode: async (signal) => {
      for (let wait = SOON; ; wait = Math.min(LATE, wait * 2)) {
        const state = (await containers.inspect(name))?.State;
        if (state === undefined) return undefined;
        if (state.Status === 'exited' || state.Status === 'dead') return state.ExitCode;
        await delay(wait, undefined, { signal });
      }
    },
  };
}

/** 409: it does not run; 404: it is gone. */
function unlessEnded(error: unknown): undefined {
  if (!(error instanceof OrcaError) || ![404, 409, 500].includes(statusOf(error) ?? 0)) throw error;
}
