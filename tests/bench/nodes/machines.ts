import type { Docker } from '../tasks/docker.ts';
import { count, type Ends, watchEnds } from '../tasks/ends.ts';
import type { Counted } from '../tasks/swarm.ts';

/** Counts the containers of a label that start on any of these engines from now on, by Docker's events. */
export async function watchStarts(engines: readonly Docker[], label: string): Promise<Counted> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let [seen, wanted] = [0, Number.POSITIVE_INFINITY];
  let last = performance.now();
  const following = await Promise.all(
    engines.map((docker) =>
      docker.follow(label, ({ what }) => {
        if (what !== 'start') return;
        [seen, last] = [seen + 1, performance.now()];
        if (seen >= wanted) resolve(last);
      }),
    ),
  );
  return {
    reached: async (tasks) => {
      wanted = tasks;
      if (seen >= wanted) resolve(last);
      const at = await promise;
      for (const one of following) one.end();
      return at;
    },
  };
}

/** Of those that run on any of these engines now. */
export async function watchAllEnds(engines: readonly Docker[], label: string): Promise<Ends> {
  const ends = await Promise.all(engines.map((docker) => watchEnds(docker, label)));
  return { all: async (began) => Math.max(...(await Promise.all(ends.map((one) => one.all(began))))) };
}

/** How many there are on each, running or not. */
export const countEach = (engines: readonly Docker[], label: string): Promise<readonly number[]> =>
  Promise.all(engines.map((docker) => count(docker, label)));

export const countAll = async (engines: readonly Docker[], label: string): Promise<number> =>
  (await countEach(engines, label)).reduce((sum, one) => sum + one, 0);
