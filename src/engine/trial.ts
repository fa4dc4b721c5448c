import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerCreateOptions } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import { LABEL } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { directoryArchive } from './directory-archive.ts';
import { statusOf } from './docker-error.ts';
import { createFrameReader } from './frames.ts';
import { hijack } from './hijack.ts';

const NAME = 'orca-trial';
const WRITE_LIMIT = 60_000;
/** For a started container to give back a word, ms. */
const ANSWER_LIMIT = 20_000;
/** Of the engine's machine, in the container, read-only; not every machine has all of them. */
const PROGRAMS = ['/usr', '/bin', '/lib', '/lib64'];
const KIND = 'trial';

/**
 * Runs one container on an engine and has it answer, to show that services will run there: an image is made, a bridge, a container
 * started on it, and a word that is written to it comes back. Nothing is downloaded: the image is empty, and the program is
 * the machine's own `cat`. All of it is taken away again, and what a killed master has left before. May be repeated.
 *
 * `POST /images/create?fromSrc=-`, `/networks/create`, `/containers/create`, `/containers/{id}/attach`
 *
 * @throws OrcaError whose message says what did not work there
 */
export async function tryContainer(client: DockerClient, cluster: string): Promise<void> {
  const trial: Trial = { client, cluster, name: `${NAME}-${cluster}` };
  await clearAway(trial);
  try {
    await makeImage(trial);
    await makeNetwork(trial);
    await answers(trial, await makeContainer(trial));
  } finally {
    await clearAway(trial);
  }
}

interface Trial {
  readonly client: DockerClient;
  readonly cluster: string;
  /** Of image, network and container. */
  readonly name: string;
}

const labelsOf = ({ cluster }: Trial) => ({ [LABEL.cluster]: cluster, [LABEL.kind]: KIND });

async function makeImage({ client, name }: Trial): Promise<void> {
  const archive = directoryArchive({ name: NAME, uid: 0, gid: 0, mode: 0o755 });
  await client.call(
    'import an image',
    async (docker, abortSignal) => {
      const options = { repo: name, tag: 'latest', abortSignal };
      const reply = await docker.importImage(Readable.from([archive]) as never, options);
      for await (const _ of reply) {
        // it is imported when it has told so
      }
    },
    { limit: WRITE_LIMIT, patient: true },
  );
}

async function makeNetwork(trial: Trial): Promise<void> {
  const { client, name: Name } = trial;
  await client.call(
    'make a network',
    (docker, abortSignal) => docker.createNetwork({ Name, Driver: 'bridge', Labels: labelsOf(trial), abortSignal }),
    { limit: WRITE_LIMIT },
  );
}

/** Of the paths that the machine does not have Docker tells the first. */
async function makeContainer(trial: Trial, paths: readonly string[] = PROGRAMS): Promise<string> {
  const { client, name } = trial;
  const request: ContainerCreateOptions = {
    name,
    Image: `${name}:latest`,
    Cmd: ['cat'],
    Env: ['PATH=/usr/bin:/bin'],
    OpenStdin: true,
    StdinOnce: true,
    Labels: labelsOf(trial),
    HostConfig: {
      NetworkMode: name,
      CapDrop: ['ALL'],
      Mounts: paths.map((path) => ({ Type: 'bind', Source: path, Target: path, ReadOnly: true })),
    },
  };
  try {
    const { id } = await client.call(
      'make a container',
      (docker, abortSignal) => docker.createContainer({ ...request, abortSignal }),
      { limit: WRITE_LIMIT },
    );
    return id;
  } catch (error) {
    const missing = paths.findLast((path) => (error as Error).message.includes(`does not exist: ${path}`));
    if (statusOf(error) !== 400 || missing === undefined) throw error;
    return makeContainer(
      trial,
      paths.filter((path) => path !== missing),
    );
  }
}

/** It is attached to before it is started, so that nothing is missed. */
async function answers({ client }: Trial, id: string): Promise<void> {
  const word = randomBytes(8).toString('hex');
  const query = { stream: true, stdin: true, stdout: true, stderr: true };
  const socket = await client.call(
    'attach to a container',
    (docker, signal) => hijack(docker, `/containers/${id}/attach`, { query, signal }),
    { patient: true },
  );
  try {
    await client.call('start a container', (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), {
      limit: WRITE_LIMIT,
    });
    socket.end(`${word}\n`);
    const said = await Promise.race([readAll(socket), delay(ANSWER_LIMIT, undefined, { ref: false })]);
    if (said?.includes(word)) return;
    throw new OrcaError('unavailable', `a container that was started did not answer${saying(said)}`, {
      hint: "see Docker's log on that machine",
    });
  } finally {
    socket.destroy();
  }
}

const saying = (said: string | undefined): string => {
  if (said === undefined) return ` within ${ANSWER_LIMIT / 1000} s`;
  return said.trim() === '' ? ', and said nothing' : `: it said "${said.trim().slice(0, 200)}"`;
};

/** What it writes, to its end; a stream that breaks ends it too. */
async function readAll(socket: AsyncIterable<Uint8Array>): Promise<string> {
  const read = createFrameReader();
  let text = '';
  try {
    for await (const chunk of socket) for (const { bytes } of read(chunk)) text += Buffer.from(bytes).toString();
  } catch (error) {
    text += (error as Error).message;
  }
  return text;
}

/** What is there under these names is this cluster's, as its id is in them. */
async function clearAway({ client, name }: Trial): Promise<void> {
  const options = { limit: WRITE_LIMIT };
  const container = (abortSignal: AbortSignal) => ({ force: true, v: true, abortSignal });
  await client
    .call('remove a container', (docker, signal) => docker.getContainer(name).remove(container(signal)), options)
    .catch(unlessGone);
  await client
    .call('remove a network', (docker, abortSignal) => docker.getNetwork(name).remove({ abortSignal }), options)
    .catch(unlessGone);
  await client
    .call(
      'remove an image',
      (docker, abortSignal) => docker.getImage(`${name}:latest`).remove({ abortSignal }),
      options,
    )
    .catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (statusOf(error) !== 404) throw error;
}
