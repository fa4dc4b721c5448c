import { setTimeout as sleep } from 'node:timers/promises';
import type { Docker } from './docker.ts';

/** A network that all measurements of a fleet share: that it is made is no part of what is timed. */
export interface Network {
  /** Makes it, the first time. */
  ready(): Promise<void>;
  /** Takes it away, if it was made. */
  remove(): Promise<void>;
}

/** The body of `POST /networks/create`. */
export interface NetworkBody {
  readonly Name: string;
  readonly Driver: string;
  readonly [key: string]: unknown;
}

const TRIES = 100;

export function sharedNetwork(docker: Docker, body: NetworkBody): Network {
  let made: Promise<unknown> | undefined;
  return {
    ready: async () => {
      made ??= docker.call('POST', '/networks/create', body);
      await made;
    },
    remove: async () => {
      if (made) await removed(docker, body.Name, TRIES);
      made = undefined;
    },
  };
}

/** Swarm refuses for as long as it knows of a task that was attached, which is longer than there is a container. */
async function removed(docker: Docker, name: string, tries: number): Promise<void> {
  try {
    await docker.call('DELETE', `/networks/${name}`);
  } catch (error) {
    if (tries <= 1) throw error;
    await sleep(50);
    await removed(docker, name, tries - 1);
  }
}
