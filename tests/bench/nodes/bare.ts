import type { Docker } from '../tasks/docker.ts';
import { COMMAND, imageOf } from '../tasks/fleet.ts';
import { isolated } from '../tasks/kinds.ts';
import { type Network, sharedNetwork } from '../tasks/network.ts';
import type { NodesFleet } from './fleet.ts';

/** The bare API of every machine, with nobody who decides: containers like orca's, created and started in turn on each, all at once. */
export function bareOnNodes(engines: readonly Docker[]): NodesFleet {
  const places = engines.map((docker) => {
    const kind = isolated();
    return { docker, kind, network: kind.network && sharedNetwork(docker, kind.network) };
  });
  const networks: readonly (Network | undefined)[] = places.map(({ network }) => network);
  let made: readonly { readonly docker: Docker; readonly id: string }[] = [];
  return {
    name: 'Docker API',
    create: async (tasks, version) => {
      await Promise.all(networks.map((network) => network?.ready()));
      const began = performance.now();
      made = await Promise.all(
        Array.from({ length: tasks }, async (_, at) => {
          const { docker, kind } = places[at % places.length] as (typeof places)[number];
          const wanted = { Image: imageOf(version), Cmd: COMMAND, ...kind.options().body };
          const { Id: id } = await docker.call<{ Id: string }>('POST', '/containers/create', wanted);
          await docker.call('POST', `/containers/${id}/start`);
          return { docker, id };
        }),
      );
      const running = performance.now() - began;
      return { running, answering: running };
    },
    remove: async () => {
      await Promise.all(made.map(({ docker, id }) => docker.call('DELETE', `/containers/${id}?force=true`)));
      made = [];
    },
    end: async () => {
      for (const network of networks) await network?.remove();
    },
  };
}
