import { type Docker, filter } from './docker.ts';

/** Containers that are there now, and when the last of them has ended. */
export interface Ends {
  /** Resolves when all have; with the time since `began`, ms. */
  all(began: number): Promise<number>;
}

/** @param label of the containers; those that run at the time of the call are meant. Of none, the end is that time */
export async function watchEnds(docker: Docker, label: string): Promise<Ends> {
  const left = new Set(await running(docker, label));
  const { promise, resolve } = Promise.withResolvers<number>();
  if (left.size === 0) resolve(performance.now());
  const following = await docker.follow(label, ({ what, id }) => {
    if (what === 'die' && left.delete(id) && left.size === 0) resolve(performance.now());
  });
  return {
    all: async (began) => {
      const at = await promise;
      following.end();
      return at - began;
    },
  };
}

/** The ids of those that run. */
export async function running(docker: Docker, label: string): Promise<readonly string[]> {
  const listed = await docker.call<{ Id: string }[]>('GET', `/containers/json?filters=${labelled(label)}`);
  return listed.map(({ Id }) => Id);
}

/** How many there are, running or not. */
export async function count(docker: Docker, label: string): Promise<number> {
  return (await docker.call<unknown[]>('GET', `/containers/json?all=true&filters=${labelled(label)}`)).length;
}

const labelled = (label: string): string => filter({ label: [label] });
