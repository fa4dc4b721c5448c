import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../http.ts';
import type { Docker } from './docker.ts';
import { COMMAND, type Fleet, imageOf, PORT, type Version } from './fleet.ts';

/** Create and start over the socket, all at once, and ask each container until it answers: the limit. */
export function bareFleet(docker: Docker): Fleet {
  let made: string[] = [];

  const one = async (version: Version): Promise<void> => {
    const { Id } = await docker.call<{ Id: string }>('POST', '/containers/create', {
      Image: imageOf(version),
      Cmd: COMMAND,
      HostConfig: { Init: true },
    });
    made.push(Id);
    await docker.call('POST', `/containers/${Id}/start`);
    const seen = await docker.call<{ NetworkSettings: { IPAddress: string } }>('GET', `/containers/${Id}/json`);
    await answers(seen.NetworkSettings.IPAddress);
  };

  return {
    name: 'Docker API',
    create: async (tasks, version) => {
      const began = performance.now();
      await Promise.all(Array.from({ length: tasks }, () => one(version)));
      return { answering: performance.now() - began };
    },
    remove: async () => {
      await Promise.all(made.map((id) => docker.call('DELETE', `/containers/${id}?force=true`)));
      made = [];
    },
  };
}

async function answers(host: string): Promise<void> {
  for (;;) {
    const answer = await ask({ host, port: PORT }, '/id', { timeout: 2_000 }).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(5);
  }
}
