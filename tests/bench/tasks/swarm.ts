import { setTimeout as sleep } from 'node:timers/promises';
import { answers } from './answers.ts';
import type { Docker } from './docker.ts';
import { count, type Ends, running, watchEnds } from './ends.ts';
import { COMMAND, type Fleet, imageOf, PARALLELISM, type Version } from './fleet.ts';
import { sharedNetwork } from './network.ts';

const SERVICE = 'bench';
export const LABEL = `com.docker.swarm.service.name=${SERVICE}`;

/** In a /20: a /24, the default, holds no update of many tasks whose addresses are still in use. */
const OVERLAY = {
  Name: 'bench_default',
  Driver: 'overlay',
  Attachable: true,
  IPAM: { Config: [{ Subnet: '10.250.0.0/20' }] },
};

/** How its tasks are seen. */
export interface SwarmView {
  /** Counts those that have started from now on. */
  watchStarted(): Promise<Counted>;
  watchEnds(): Promise<Ends>;
  /** Containers that are left, running or not. */
  count(): Promise<number>;
}

export interface Counted {
  /** When there were so many. */
  reached(tasks: number): Promise<number>;
}

interface SwarmService {
  readonly Version: { readonly Index: number };
  readonly UpdateStatus?: { readonly State: string };
}

/**
 * Docker Swarm, asked by its API of a manager. It takes its tasks as ready as soon as they run: less work than orca does.
 *
 * @param asStack on an overlay network of the service's own, as `docker stack deploy` makes one for every stack; else without
 * @param view of its tasks; unless given they are this machine's alone
 */
export function swarmFleet(docker: Docker, asStack: boolean, view: SwarmView = ownView(docker, asStack)): Fleet {
  const service = () => docker.call<SwarmService>('GET', `/services/${SERVICE}`);
  const spec = (tasks: number, version: Version) => specOf(tasks, version, asStack ? OVERLAY.Name : undefined);
  const network = asStack ? sharedNetwork(docker, OVERLAY) : undefined;

  return {
    name: asStack ? 'Swarm, as a stack' : 'Swarm',
    create: async (tasks, version) => {
      await network?.ready();
      const answering = await view.watchStarted();
      const began = performance.now();
      await docker.call('POST', '/services/create', spec(tasks, version));
      return { answering: (await answering.reached(tasks)) - began };
    },
    update: async (tasks, version) => {
      const { Version } = await service();
      const [answering, ends] = [await view.watchStarted(), await view.watchEnds()];
      const began = performance.now();
      const path = `/services/${SERVICE}/update?version=${Version.Index}`;
      await docker.call('POST', path, spec(tasks, version));
      const times = { answering: (await answering.reached(tasks)) - began, done: await ends.all(began) };
      while ((await service()).UpdateStatus?.State !== 'completed') await sleep(50);
      return { ...times, returned: performance.now() - began };
    },
    heal: async (kill) => {
      const [container = ''] = await running(docker, LABEL);
      const answering = await view.watchStarted();
      const began = performance.now();
      await kill(container);
      return { after: (await answering.reached(1)) - began, between: {} };
    },
    remove: async () => {
      await docker.call('DELETE', `/services/${SERVICE}`);
      while ((await view.count()) > 0) await sleep(50);
    },
    end: async () => network?.remove(),
  };
}

/** They are reached at their own addresses, as the routing mesh needs ipvs. */
const ownView = (docker: Docker, asStack: boolean): SwarmView => ({
  watchStarted: () => watchAnswers(docker, asStack),
  watchEnds: () => watchEnds(docker, LABEL),
  count: () => count(docker, LABEL),
});

/** Asks each container that starts from now on, until it answers. */
async function watchAnswers(docker: Docker, asStack: boolean): Promise<Counted> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let [seen, wanted] = [0, Number.POSITIVE_INFINITY];
  const following = await docker.follow(LABEL, async ({ what, id }) => {
    if (what !== 'start') return;
    await answers(await addressOf(docker, id, asStack));
    seen += 1;
    if (seen >= wanted) resolve();
  });
  return {
    reached: async (tasks) => {
      wanted = tasks;
      if (seen < wanted) await promise;
      following.end();
      return performance.now();
    },
  };
}

/** On an overlay network the host reaches a container by the bridge that is its way out. */
async function addressOf(docker: Docker, id: string, asStack: boolean): Promise<string> {
  type Attached = { readonly Containers: Readonly<Record<string, { readonly IPv4Address: string }>> };
  type Networks = Readonly<Record<string, { readonly IPAddress: string }>>;
  if (asStack) {
    const bridge = await docker.call<Attached>('GET', '/networks/docker_gwbridge');
    return bridge.Containers[id]?.IPv4Address.split('/')[0] ?? '';
  }
  const seen = await docker.call<{ NetworkSettings: { Networks: Networks } }>('GET', `/containers/${id}/json`);
  return Object.values(seen.NetworkSettings.Networks)[0]?.IPAddress ?? '';
}

/** `--init`, start-first, three at a time, no delay, no monitor (0 is taken for the default, so 1 ns). */
const specOf = (tasks: number, version: Version, network: string | undefined) => ({
  Name: SERVICE,
  TaskTemplate: {
    ContainerSpec: { Image: imageOf(version), Command: COMMAND, Init: true },
    RestartPolicy: { Condition: 'any' },
    ...(network === undefined ? {} : { Networks: [{ Target: network }] }),
  },
  // A virtual IP needs ipvs.
  ...(network === undefined ? {} : { EndpointSpec: { Mode: 'dnsrr' } }),
  Mode: { Replicated: { Replicas: tasks } },
  UpdateConfig: { Parallelism: PARALLELISM, Order: 'start-first', Delay: 0, Monitor: 1, FailureAction: 'continue' },
});
