import { setTimeout as delay } from 'node:timers/promises';
import { notFound, OrcaError } from '../core/errors.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import { statusOf, toOrcaError } from './docker-error.ts';
import { hijack, outputOf } from './hijack.ts';
import type { OwnContainers } from './own-containers.ts';
import type { AttachedProcess } from './process.ts';
import type { SignalProcess } from './process-signal.ts';

/** What is run in a container. User, environment and working directory are the container's. */
export interface ExecCommand {
  /** Program and arguments; no shell. */
  readonly command: readonly string[];
  /** A terminal: one stream of output. */
  readonly tty?: boolean | undefined;
  /** Without it the process reads nothing: its stdin has ended. */
  readonly stdin?: boolean | undefined;
}

/** With what commands are run. */
export interface ExecEngine {
  readonly client: DockerClient;
  readonly containers: OwnContainers;
  readonly signal: SignalProcess;
}

/** To make and start a process on a busy machine, ms. */
const START_LIMIT = 60_000;
/** Between two looks whether it has ended, ms: first, longest. */
const [SOON, LATE] = [10, 500];

/**
 * Starts a command in a running container of the cluster. A command that cannot be started is no error here: Docker says why
 * in its output, and its exit code is 126 or 127. `POST /containers/{id}/exec`, `POST /exec/{id}/start`
 *
 * @throws OrcaError `not_found` without such a container, `conflict` if it does not run
 */
export async function startExec(engine: ExecEngine, name: string, command: ExecCommand): Promise<AttachedProcess> {
  const { client, containers } = engine;
  const made = await containers.act(name, async ({ id }) => ({ id, exec: await create(client, id, name, command) }));
  if (made === undefined) throw notFound('container', name);
  return attach(engine, made, name, command);
}

/** `POST /containers/{id}/exec` */
async function create(client: DockerClient, id: string, name: string, command: ExecCommand): Promise<string> {
  const { id: exec } = await client.call(
    `run a command in "${name}"`,
    (docker, abortSignal) =>
      docker.getContainer(id).exec({
        Cmd: [...command.command],
        AttachStdin: command.stdin === true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: command.tty === true,
        abortSignal,
      }),
    { limit: START_LIMIT },
  );
  return exec;
}

interface Made {
  /** Of the container. */
  readonly id: string;
  readonly exec: string;
}

/** A command is started once, whatever happens to the call: Docker refuses to start it again. */
async function attach(
  { client, signal: send }: ExecEngine,
  { id, exec }: Made,
  name: string,
  { tty = false, stdin = false }: ExecCommand,
): Promise<AttachedProcess> {
  const socket = await client.call(
    `run a command in "${name}"`,
    (docker, signal) => hijack(docker, `/exec/${exec}/start`, { body: { Detach: false, Tty: tty }, signal }),
    { limit: START_LIMIT, patient: true, live: tty },
  );
  if (!stdin) socket.end();
  const what = `read what a command in "${name}" writes`;
  return {
    output: outputOf(socket, tty, (error) => toOrcaError(what, client.url, error)),
    stdin: socket,
    close: () => socket.destroy(),
    resize: async ({ rows, cols }) => {
      if (!tty) return;
      await whileStarting(
        () =>
          client.call(`size the terminal of "${name}"`, (docker, abortSignal) =>
            docker.getExec(exec).resize({ h: rows, w: cols, abortSignal }),
          ),
        async () => (await inspect(client, exec))?.Running === true,
      );
    },
    signal: async (signal) => {
      const pid = await pidOf(client, exec);
      if (pid === undefined) return;
      try {
        await send({ pid, container: id }, signal);
      } catch (error) {
        if ((await inspect(client, exec))?.Running === true) throw error;
      }
    },
    exitCode: async (signal) => {
      for (let wait = SOON; ; wait = Math.min(LATE, wait * 2)) {
        const found = await inspect(client, exec);
        if (found?.Running !== true) return found?.ExitCode ?? undefined;
        await delay(wait, undefined, { signal });
      }
    },
  };
}

/** Looks for what a start brings some milliseconds later. */
const LOOKS = 20;

/** Docker has no terminal to size for some milliseconds after the start. */
async function whileStarting(resize: () => Promise<unknown>, isRunning: () => Promise<boolean>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await resize();
      return;
    } catch (error) {
      if (!(error instanceof OrcaError) || statusOf(error) === undefined) throw error;
      if (attempt === LOOKS || !(await isRunning())) return;
      await delay(SOON);
    }
  }
}

/** Undefined once it has ended. Docker tells that it runs before it has a process. */
async function pidOf(client: DockerClient, exec: string): Promise<number | undefined> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const found = await inspect(client, exec);
    if (found?.Running !== true) return undefined;
    if (found.Pid) return found.Pid;
    await delay(SOON);
  }
  return undefined;
}

interface ExecInspect {
  readonly Running: boolean;
  readonly ExitCode: number | null;
  /** Of the engine's machine; 0 before it runs. */
  readonly Pid: number;
}

/** Undefined if the engine does not know it any more: its container is gone. `GET /exec/{id}/json` */
async function inspect(client: DockerClient, exec: string): Promise<ExecInspect | undefined> {
  try {
    return await client.call('tell of a command', (docker, signal) =>
      dial<ExecInspect>(docker, `/exec/${exec}/json`, { signal }),
    );
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
