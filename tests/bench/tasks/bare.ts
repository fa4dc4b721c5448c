import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../http.ts';
import type { Docker } from './docker.ts';
import { COMMAND, type Fleet, imageOf, PARALLELISM, PORT, type Version } from './fleet.ts';

/** A container, and where it answers. */
interface Made {
  readonly id: string;
  readonly host: string;
}

/** What the create call has beside image and command, and where the container will be. */
export interface Kind {
  readonly name: string;
  /** Once, before the first container. */
  prepare(docker: Docker): Promise<void>;
  options(): { readonly body: object; readonly host?: string };
}

/**
 * The Docker API alone, with nobody who decides: create and start, all at once, and ask each container until it answers. To
 * replace them, what a script would do at best: three at a time, start-first, each old one stopped when its successor answers.
 */
export function bareFleet(docker: Docker, kind: Kind): Fleet {
  let made: Made[] = [];
  let prepared: Promise<void> | undefined;

  const one = async (version: Version): Promise<Made> => {
    const { body, host } = kind.options();
    const { Id: id } = await docker.call<{ Id: string }>('POST', '/containers/create', {
      Image: imageOf(version),
      Cmd: COMMAND,
      ...body,
    });
    await docker.call('POST', `/containers/${id}/start`);
    const found = { id, host: host ?? (await addressOf(docker, id)) };
    await answers(found.host);
    return found;
  };

  const stop = async ({ id }: Made): Promise<number> => {
    await docker.call('POST', `/containers/${id}/stop?t=10`);
    const at = performance.now();
    await docker.call('DELETE', `/containers/${id}?force=true`);
    return at;
  };

  return {
    name: kind.name,
    create: async (tasks, version) => {
      prepared ??= kind.prepare(docker);
      await prepared;
      const began = performance.now();
      made = await Promise.all(Array.from({ length: tasks }, () => one(version)));
      return { answering: performance.now() - began };
    },
    update: async (_, version) => {
      const old = made;
      const queue = [...old];
      const stops: Promise<number>[] = [];
      made = [];
      const began = performance.now();
      const work = async () => {
        for (let next = queue.pop(); next; next = queue.pop()) {
          made.push(await one(version));
          stops.push(stop(next));
        }
      };
      await Promise.all(Array.from({ length: PARALLELISM }, work));
      const answering = performance.now() - began;
      return { answering, done: Math.max(...(await Promise.all(stops))) - began };
    },
    remove: async () => {
      await Promise.all(made.map(({ id }) => docker.call('DELETE', `/containers/${id}?force=true`)));
      made = [];
    },
  };
}

/** The cheapest container that Docker makes: on its default bridge, at an address of Docker's choice. */
export const cheapest = (): Kind => ({
  name: 'Docker API',
  prepare: async () => {},
  options: () => ({ body: { HostConfig: { Init: true } } }),
});

/**
 * What orca's tasks have: a fixed address on a network of their own, without traffic between them, and no new privileges. For
 * each container on such a network Docker sets up a resolver of its own, by a dozen processes.
 */
export function isolated(): Kind {
  let last = 256;
  return {
    name: 'Docker API, own network',
    prepare: async (docker) => {
      await docker.call('POST', '/networks/create', {
        Name: NETWORK,
        Driver: 'bridge',
        Options: { 'com.docker.network.bridge.enable_icc': 'false' },
        IPAM: { Config: [{ Subnet: '10.240.0.0/16', Gateway: '10.240.0.1' }] },
      });
    },
    options: () => {
      last += 1;
      const host = `10.240.${last >> 8}.${last & 255}`;
      const endpoint = { [NETWORK]: { IPAMConfig: { IPv4Address: host } } };
      const HostConfig = { Init: true, NetworkMode: NETWORK, SecurityOpt: ['no-new-privileges'] };
      return { host, body: { HostConfig, NetworkingConfig: { EndpointsConfig: endpoint } } };
    },
  };
}

const NETWORK = 'bench';

async function addressOf(docker: Docker, id: string): Promise<string> {
  const seen = await docker.call<{ NetworkSettings: { IPAddress: string } }>('GET', `/containers/${id}/json`);
  return seen.NetworkSettings.IPAddress;
}

/** Asked every 5 ms until it answers. */
export async function answers(host: string): Promise<void> {
  for (;;) {
    const answer = await ask({ host, port: PORT }, '/id', { timeout: 2_000 }).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(5);
  }
}
