import type { ContainerCreateOptions } from 'dockerode';
import { notFound, OrcaError } from '../core/errors.ts';
import type { DockerClient } from './client.ts';
import { toContainerView } from './container-view.ts';
import { createRequest } from './create-request.ts';
import { statusOf } from './docker-error.ts';
import type { ContainerCreate, Engine, Place } from './engine.ts';
import { checked, type Inspections } from './inspections.ts';
import { listContainers } from './list-containers.ts';
import type { OwnContainers } from './own-containers.ts';
import { putFiles } from './put-files.ts';
import type { HasOwnUsers } from './user-namespace.ts';

/** Docker on a busy machine may take long to create or start; longer than this it is stuck. */
const WRITE_LIMIT = 60_000;

type Containers = Pick<
  Engine,
  'list' | 'inspect' | 'create' | 'connect' | 'disconnect' | 'start' | 'stop' | 'remove' | 'removeDead'
>;

export interface ContainersOptions {
  readonly client: DockerClient;
  readonly cluster: string;
  readonly inspections: Inspections;
  readonly own: OwnContainers;
  readonly hasOwnUsers: HasOwnUsers;
}

/** All but the creation is done by id: between a check and a call a name may go to another container. */
export const createContainers = ({
  client,
  cluster,
  inspections,
  own,
  hasOwnUsers,
}: ContainersOptions): Containers => ({
  list: () => listContainers(client, cluster, inspections),
  inspect: async (name) => {
    const info = await own.inspect(name);
    return info === undefined ? undefined : toContainerView(info);
  },
  create: async (container) => {
    const id = await create(client, own, container, createRequest(container, await hasOwnUsers()));
    for (const place of container.further ?? []) await connect(client, container.name, id, place);
    await putFiles(client, id, container);
    return id;
  },
  connect: async (name, place) => {
    await own.act(name, ({ id }) => connect(client, name, id, place));
  },
  disconnect: (name, network) => own.act(name, ({ id }) => disconnect(client, name, id, network)).catch(unless(404)),
  start: async (name, once = false) => {
    const started = await own.act(name, async ({ id }) => {
      await start(client, name, id, once);
      return true;
    });
    if (started === undefined) throw notFound('container', name);
  },
  stop: (name, grace) => own.act(name, ({ id }) => stop(client, name, id, grace)).catch(unless(404)),
  remove: async (name) => {
    await own.act(name, ({ id }) => remove(client, name, id)).catch(unless(404));
    own.forget(name);
  },
  removeDead: async (name) => (await own.act(name, ({ id }) => removeDead(client, name, id))) ?? 'gone',
});

/** `POST /containers/create` */
async function create(
  client: DockerClient,
  own: OwnContainers,
  container: ContainerCreate,
  body: ContainerCreateOptions,
): Promise<string> {
  const { name } = container;
  const request = { ...body, name: checked(name) };
  try {
    const { id } = await client.call(
      `create container "${name}"`,
      (docker, abortSignal) => docker.createContainer({ ...request, abortSignal }),
      { limit: WRITE_LIMIT },
    );
    own.note(name, { id, tty: false });
    return id;
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    return adopt(own, container, error);
  }
}

/** The name is taken: by this very task's container, made by a call whose answer was lost, or by a stranger. */
async function adopt(own: OwnContainers, { name, labels }: ContainerCreate, cause: unknown): Promise<string> {
  const found = await own.inspect(name);
  const same =
    found !== undefined && Object.entries(labels).every(([key, value]) => found.Config.Labels[key] === value);
  if (same) return found.Id;
  throw new OrcaError('conflict', `a container named "${name}" exists, and it is not this task's`, {
    cause,
    hint: 'remove or rename it',
  });
}

/** An engine before API 1.44 takes one network in a create call. 403: it is on it. `POST /networks/{id}/connect` */
const connect = (client: DockerClient, name: string, id: string, { network, address }: Place): Promise<void> => {
  const endpoint = { Container: id, EndpointConfig: { IPAMConfig: { IPv4Address: address } } };
  return client
    .call(
      `connect container "${name}" to network "${network}"`,
      // Its types know no signal; it takes one as all calls do.
      (docker, abortSignal) => docker.getNetwork(network).connect(Object.assign({ abortSignal }, endpoint)),
      { limit: WRITE_LIMIT },
    )
    .catch((error: unknown) => {
      if (statusOf(error) !== 403 || !/already exists in network/.test((error as Error).message)) throw error;
    });
};

/** `POST /networks/{id}/disconnect` */
const disconnect = (client: DockerClient, name: string, id: string, network: string): Promise<void> =>
  client
    .call(
      `disconnect container "${name}" from network "${network}"`,
      // Its types know no signal; it takes one as all calls do.
      (docker, abortSignal) => docker.getNetwork(network).disconnect(Object.assign({ abortSignal }, { Container: id })),
      { limit: WRITE_LIMIT },
    )
    .catch((error: unknown) => {
      if (!/is not connected to/.test((error as Error).message)) throw error;
    });

/** `POST /containers/{id}/start` */
const start = (client: DockerClient, name: string, id: string, once: boolean): Promise<void> =>
  client
    .call(`start container "${name}"`, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), {
      limit: WRITE_LIMIT,
      once,
    })
    .catch(unless(304));

/** `POST /containers/{id}/stop` */
const stop = (client: DockerClient, name: string, id: string, grace: number): Promise<void> => {
  const t = Math.ceil(grace / 1000);
  return client
    .call(`stop container "${name}"`, (docker, abortSignal) => docker.getContainer(id).stop({ t, abortSignal }), {
      limit: grace + WRITE_LIMIT,
      patient: true,
    })
    .catch(unless(304));
};

/** `DELETE /containers/{id}`, without force: Docker refuses one that runs. */
async function removeDead(client: DockerClient, name: string, id: string): Promise<'removed' | 'gone' | 'in-use'> {
  const what = `remove container "${name}"`;
  try {
    await client.call(what, (docker, abortSignal) => docker.getContainer(id).remove({ abortSignal }), {
      limit: WRITE_LIMIT,
    });
    return 'removed';
  } catch (error) {
    if (statusOf(error) === 404) return 'gone';
    if (statusOf(error) === 409) return 'in-use';
    throw error;
  }
}

/** `DELETE /containers/{id}` */
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

/** For `.catch`: these statuses say that it is as wanted. */
const unless =
  (...statuses: readonly number[]) =>
  (error: unknown): undefined => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
