import type { NetworkBody } from './network.ts';

/** What a bare container is made with beside image and command. */
export interface Kind {
  readonly name: string;
  /** Made once for all of them; undefined: Docker's default bridge. */
  readonly network?: NetworkBody;
  /** For one container: its part of the create call, and where it will be if that is known before. */
  options(): { readonly body: object; readonly host?: string };
}

/** The cheapest container that Docker makes: on its default bridge, at an address of Docker's choice. */
export const cheapest = (): Kind => ({
  name: 'Docker API',
  options: () => ({ body: { HostConfig: { Init: true } } }),
});

/**
 * What orca's tasks have: a fixed address on a network of their own, without traffic between them, and no new privileges. For
 * each container on such a network Docker sets up a resolver of its own, by a dozen processes.
 */
export function isolated(): Kind {
  let used = 0;
  return {
    name: 'Docker API, own network',
    network: NETWORK,
    options: () => {
      const host = addressOf(used++);
      const endpoint = { [NETWORK.Name]: { IPAMConfig: { IPv4Address: host } } };
      const HostConfig = { Init: true, NetworkMode: NETWORK.Name, SecurityOpt: ['no-new-privileges'] };
      return { host, body: { HostConfig, NetworkingConfig: { EndpointsConfig: endpoint } } };
    },
  };
}

/** Outside of the pool that orca takes its networks from, 10.208.0.0/12. */
const NETWORK = {
  Name: 'bench',
  Driver: 'bridge',
  Options: { 'com.docker.network.bridge.enable_icc': 'false' },
  IPAM: { Config: [{ Subnet: '10.240.0.0/20', Gateway: '10.240.0.1' }] },
};

/** All addresses of the /20 in turn, but for its first two and its last: of the network, the gateway and all. */
function addressOf(number: number): string {
  const last = 2 + (number % (2 ** 12 - 3));
  return `10.240.${last >> 8}.${last & 255}`;
}
