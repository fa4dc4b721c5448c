import type { ContainerInspectInfo } from 'dockerode';
import { notFound, OrcaError } from '../core/errors.ts';
import { type ContainerView, LABEL } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { toContainerView } from './container-view.ts';
import { createRequest } from './create-request.ts';
import { statusOf } from './docker-error.ts';
import type { ContainerCreate, Engine } from './engine.ts';

/** Docker on a busy machine may take long to create or start; longer than this it is stuck. */
const WRITE_LIMIT = 60_000;
const INSPECTS_AT_ONCE = 16;

type Containers = Pick<Engine, 'list' | 'inspect' | 'create' | 'start' | 'stop' | 'remove'>;

export const createContainers = (client: DockerClient, cluster: string): Containers => ({
  list: () => list(client, cluster),
  inspect: async (name) => {
    const info = await inspectOwn(client, cluster, name);
    return info === undefined ? undefined : toContainerView(info);
  },
  create: (container) => create(client, cluster, container),
  start: async (name) => {
    const own = await inspectOwn(client, cluster, name);
    if (own === undefined) throw notFound('container', name);
    await client
      .call(`start container "${name}"`, (docker, abortSignal) => docker.getContainer(own.Id).start({ abortSignal }), {
        limit: WRITE_LIMIT,
      })
      .catch(unless(304));
  },
  stop: async (name, grace) => {
    const own = await inspectOwn(client, cluster, name);
    if (own === undefined) return;
    const t = Math.ceil(grace / 1000);
    await client
      .call(`stop container "${name}"`, (docker, abortSignal) => docker.getContainer(own.Id).stop({ t, abortSignal }), {
        limit: grace + WRITE_LIMIT,
        patient: true,
      })
      .catch(unless(304, 404));
  },
  remove: async (name) => {
    const own = await inspectOwn(client, cluster, name);
    if (own !== undefined) await remove(client, name, own.Id);
  },
});

async function list(client: DockerClient, cluster: string): Promise<ContainerView[]> {
  const filters = { label: [`${LABEL.cluster}=${cluster}`] };
  const found = await client.call('list containers', (docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  const queue = found.map(({ Id }) => Id);
  const views: ContainerView[] = [];
  const work = async () => {
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      const info = await inspect(client, id);
      if (info !== undefined) views.push(toContainerView(info));
    }
  };
  await Promise.all(Array.from({ length: INSPECTS_AT_ONCE }, work));
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const inspect = (client: DockerClient, name: string): Promise<ContainerInspectInfo | undefined> =>
  client
    .call(`inspect container "${name}"`, (docker, abortSignal) =>
      docker.getContainer(checked(name)).inspect({ abortSignal }),
    )
    .catch(unless(404));

/** Undefined also if the container is another's: of no cluster, or of another one. */
export async function inspectOwn(
  client: DockerClient,
  cluster: string,
  name: string,
): Promise<ContainerInspectInfo | undefined> {
  const info = await inspect(client, name);
  return info?.Config.Labels?.[LABEL.cluster] === cluster ? info : undefined;
}

async function create(client: DockerClient, cluster: string, container: ContainerCreate): Promise<string> {
  const { name } = container;
  const request = { ...createRequest(container), name: checked(name) };
  try {
    const made = await client.call(
      `create container "${name}"`,
      (docker, abortSignal) => docker.createContainer({ ...request, abortSignal }),
      { limit: WRITE_LIMIT },
    );
    return made.id;
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    return adopt(client, cluster, container, error);
  }
}

/** The name is taken: by this very task's container, made by a call whose answer was lost, or by a stranger. */
async function adopt(
  client: DockerClient,
  cluster: string,
  { name, labels }: ContainerCreate,
  cause: unknown,
): Promise<string> {
  const own = await inspectOwn(client, cluster, name);
  const same = own !== undefined && Object.entries(labels).every(([key, value]) => own.Config.Labels[key] === value);
  if (same) return own.Id;
  throw new OrcaError('conflict', `a container named "${name}" exists, and it is not this task's`, {
    cause,
    hint: 'remove or rename it',
  });
}

/** By id: between the check and the call the name may have gone to another container. */
async function remove(client: DockerClient, name: string, id: string): Promise<void> {
  const what = `remove container "${name}"`;
  try {
    await client.call(
      what,
      (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      {
        limit: WRITE_LIMIT,
      },
    );
  } catch (error) {
    if (statusOf(error) === 404) return;
    if (statusOf(error) !== 409) throw error;
    await awaitRemoval(client, what, id);
  }
}

/** 409: its removal is in progress. `POST /containers/{id}/wait?condition=removed` */
const awaitRemoval = async (client: DockerClient, what: string, id: string): Promise<void> => {
  await client
    .call(what, (docker, abortSignal) => docker.getContainer(id).wait({ condition: 'removed', abortSignal }), {
      limit: WRITE_LIMIT,
      patient: true,
    })
    .catch(unless(404));
};

/** Names go into request paths as they are. */
function checked(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return name;
  throw new OrcaError('invalid', `not a container's name: "${name}"`);
}

/** For `.catch`: these statuses say that it is as wanted. */
const unless =
  (...statuses: readonly number[]) =>
  (error: unknown): undefined => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
