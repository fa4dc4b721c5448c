import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../http.ts';
import type { Docker } from './docker.ts';
import { COMMAND, type Fleet, type Identity, imageOf, PARALLELISM, PORT, readIdentity, type Version } from './fleet.ts';

const SERVICE = 'bench';
const LOOK = 10;

interface Listed {
  readonly Id: string;
  readonly Image: string;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

interface SwarmService {
  readonly Version: { readonly Index: number };
  readonly UpdateStatus?: { readonly State: string };
}

/**
 * Docker Swarm, asked by its API. Its tasks are reached at their own addresses (its routing mesh needs ipvs), have no network
 * of their own, and are taken as ready as soon as they run: less work than orca does.
 */
export function swarmFleet(docker: Docker): Fleet {
  const running = () =>
    docker.call<Listed[]>(
      'GET',
      `/containers/json?filters=${filter({ label: [`com.docker.swarm.service.name=${SERVICE}`] })}`,
    );
  const service = () => docker.call<SwarmService>('GET', `/services/${SERVICE}`);
  const answering = createAnswering(running);

  return {
    name: 'Swarm',
    create: async (tasks, version) => {
      const began = performance.now();
      const created = docker.call('POST', '/services/create', specOf(tasks, version));
      await Promise.all([created, answering.all(tasks, version)]);
      return { answering: performance.now() - began };
    },
    update: async (tasks, version) => {
      const { Version } = await service();
      const began = performance.now();
      const since = () => performance.now() - began;
      const updated = docker.call(
        'POST',
        `/services/${SERVICE}/update?version=${Version.Index}`,
        specOf(tasks, version),
      );
      await Promise.all([updated, answering.all(tasks, version)]);
      const all = since();
      while ((await running()).length > tasks) await sleep(LOOK);
      const done = since();
      while ((await service()).UpdateStatus?.State !== 'completed') await sleep(LOOK);
      return { answering: all, done, returned: since() };
    },
    heal: async (kill) => {
      const [container = ''] = (await running()).map(({ Id }) => Id);
      const began = performance.now();
      await Promise.all([kill(container), answering.other(container)]);
      return { after: performance.now() - began, between: {} };
    },
    remove: async () => {
      await docker.call('DELETE', `/services/${SERVICE}`);
      const label = [`com.docker.swarm.service.name=${SERVICE}`];
      while ((await docker.call<Listed[]>('GET', `/containers/json?all=true&filters=${filter({ label })}`)).length > 0)
        await sleep(50);
    },
  };
}

const filter = (wanted: object): string => encodeURIComponent(JSON.stringify(wanted));

/** `--init`, start-first, three at a time, no delay, no monitor (0 is taken for the default, so 1 ns). */
const specOf = (tasks: number, version: Version) => ({
  Name: SERVICE,
  TaskTemplate: {
    ContainerSpec: { Image: imageOf(version), Command: COMMAND, Init: true },
    RestartPolicy: { Condition: 'any' },
  },
  Mode: { Replicated: { Replicas: tasks } },
  UpdateConfig: { Parallelism: PARALLELISM, Order: 'start-first', Delay: 0, Monitor: 1, FailureAction: 'continue' },
});

/** Asks every container that runs, each until it has answered once. */
function createAnswering(running: () => Promise<readonly Listed[]>) {
  const known = new Map<string, Identity>();

  const look = async () => {
    const listed = (await running()).filter(({ Id }) => !known.has(Id));
    await Promise.all(
      listed.map(async ({ Id, NetworkSettings }) => {
        const host = Object.values(NetworkSettings.Networks)[0]?.IPAddress;
        if (!host) return;
        const answer = await ask({ host, port: PORT }, '/id', { timeout: 1_000 }).catch(() => undefined);
        if (answer?.status === 200) known.set(Id, readIdentity(answer.body));
      }),
    );
  };

  const until = async (enough: () => boolean) => {
    for (;;) {
      await look();
      if (enough()) return;
      await sleep(LOOK);
    }
  };

  return {
    all: (tasks: number, version: Version) => {
      known.clear();
      return until(() => [...known.values()].filter((one) => one.version === version).length >= tasks);
    },
    other: (killed: string) => {
      known.clear();
      return until(() => [...known.keys()].some((id) => id !== killed));
    },
  };
}
