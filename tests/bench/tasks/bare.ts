import { answers } from './answers.ts';
import type { Docker } from './docker.ts';
import { COMMAND, type Fleet, imageOf, PARALLELISM, type Version } from './fleet.ts';
import type { Kind } from './kinds.ts';
import { sharedNetwork } from './network.ts';

/**
 * The Docker API alone, with nobody who decides: create and start, all at once, and ask each container until it answers. To
 * replace them, what a script would do at best: three at a time, start-first, each old one stopped when its successor answers.
 */
export function bareFleet(docker: Docker, kind: Kind): Fleet {
  const network = kind.network && sharedNetwork(docker, kind.network);
  let made: readonly string[] = [];

  return {
    name: kind.name,
    create: async (tasks, version) => {
      await network?.ready();
      const began = performance.now();
      made = await Promise.all(Array.from({ length: tasks }, () => run(docker, kind, version)));
      return { answering: performance.now() - began };
    },
    update: async (_, version) => {
      const began = performance.now();
      const replaced = await replace(
        made,
        () => run(docker, kind, version),
        (id) => stop(docker, id),
      );
      made = replaced.made;
      return { answering: replaced.answering - began, done: (await replaced.done) - began };
    },
    remove: async () => {
      await Promise.all(made.map((id) => docker.call('DELETE', `/containers/${id}?force=true`)));
      made = [];
    },
    end: async () => network?.remove(),
  };
}

/** Three loops of a new one that answers and then the stop of an old one, which nobody waits for before the next new one. */
async function replace(old: readonly string[], run: () => Promise<string>, stop: (id: string) => Promise<number>) {
  const left = [...old];
  const made: string[] = [];
  const stops: Promise<number>[] = [];
  const work = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      made.push(await run());
      stops.push(stop(next));
    }
  };
  await Promise.all(Array.from({ length: PARALLELISM }, work));
  return { made, answering: performance.now(), done: Promise.all(stops).then((times) => Math.max(...times)) };
}

/** The id of a new container that has answered. */
async function run(docker: Docker, kind: Kind, version: Version): Promise<string> {
  const { body, host } = kind.options();
  const wanted = { Image: imageOf(version), Cmd: COMMAND, ...body };
  const { Id: id } = await docker.call<{ Id: string }>('POST', '/containers/create', wanted);
  await docker.call('POST', `/containers/${id}/start`);
  await answers(host ?? (await addressOf(docker, id)));
  return id;
}

/** When it had ended; it is removed after that, as orca does. */
async function stop(docker: Docker, id: string): Promise<number> {
  await docker.call('POST', `/containers/${id}/stop?t=10`);
  const at = performance.now();
  await docker.call('DELETE', `/containers/${id}?force=true`);
  return at;
}

async function addressOf(docker: Docker, id: string): Promise<string> {
  const seen = await docker.call<{ NetworkSettings: { IPAddress: string } }>('GET', `/containers/${id}/json`);
  return seen.NetworkSettings.IPAddress;
}
