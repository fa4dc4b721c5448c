import { until } from '../../lab/until.ts';
import type { Docker } from '../tasks/docker.ts';
import { LABEL, type SwarmView, swarmFleet } from '../tasks/swarm.ts';
import type { NodesFleet } from './fleet.ts';
import { countAll, countEach, watchAllEnds, watchStarts } from './machines.ts';

const PATIENCE = 300_000;

/** Docker Swarm on all of these, the first one its manager. A task counts as soon as Docker tells its start: nobody asks it. */
export function swarmOnNodes(engines: readonly Docker[], asStack: boolean): NodesFleet {
  const [manager] = engines as readonly [Docker, ...Docker[]];
  const view: SwarmView = {
    watchStarted: () => watchStarts(engines, LABEL),
    watchEnds: () => watchAllEnds(engines, LABEL),
    count: () => countAll(engines, LABEL),
  };
  const { name, create, update, remove, end } = swarmFleet(manager, asStack, view);
  return {
    name,
    create: async (tasks, version) => {
      const { answering } = await create(tasks, version);
      return { running: answering, answering };
    },
    update,
    lose: async (_, cut) => {
      const there = (await countEach(engines, LABEL)).at(-1) ?? 0;
      const elsewhere = await watchStarts(engines.slice(0, -1), LABEL);
      const began = performance.now();
      await cut();
      return { running: (await elsewhere.reached(there)) - began };
    },
    remove,
    ready: async () => {
      type Node = { readonly Status: { readonly State: string } };
      const isReady = async () =>
        (await manager.call<readonly Node[]>('GET', '/nodes')).every(({ Status }) => Status.State === 'ready');
      await until('the swarm to be whole', isReady, PATIENCE);
    },
    ...(end && { end }),
  };
}
