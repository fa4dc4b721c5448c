import type { NetworkInspectInfo } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import { LABEL } from '../core/model/container.ts';
import { chooseSubnet, gatewayOf } from '../core/route/addresses.ts';
import type { DockerClient } from './client.ts';
import { statusOf } from './docker-error.ts';
import type { EdgeNetwork, Engine } from './engine.ts';

/** 4,093 tasks a node. */
const EDGE_PREFIX = 20;
/** Subnets that Docker may refuse before orca gives up. */
const ATTEMPTS = 16;

type Networks = Pick<Engine, 'ensureEdge' | 'removeNetwork'>;

export interface NetworksOptions {
  readonly client: DockerClient;
  readonly cluster: string;
  /** IPv4 subnets that the engine's machine has addresses in or routes to. */
  readonly machineSubnets: () => Promise<readonly string[]>;
}

export const createNetworks = (options: NetworksOptions): Networks => ({
  ensureEdge: (network, pool) => ensureEdge(options, network, pool),
  removeNetwork: async (network) => {
    const own = (await listNetworks(options.client)).find((one) => one.Name === network && isOwn(options.cluster, one));
    if (own !== undefined) await remove(options.client, own);
  },
});

/** One that exists is kept as it is, even where routes have come to overlap it since: tasks have addresses in it. */
async function ensureEdge(
  { client, cluster, machineSubnets }: NetworksOptions,
  network: string,
  pool: string,
): Promise<EdgeNetwork> {
  const refused: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const networks = await listNetworks(client);
    const present = networks.find(({ Name }) => Name === network);
    if (present !== undefined) return describe(cluster, present);
    const taken = [...(await machineSubnets()), ...networks.flatMap(subnetsOf), ...refused];
    const subnet = chooseSubnet(pool, taken, EDGE_PREFIX);
    if (subnet === undefined) break;
    if (!(await create(client, { network, cluster, subnet }))) refused.push(subnet);
  }
  throw new OrcaError('unplaceable', `no free /${EDGE_PREFIX} for network "${network}" in the address pool ${pool}`, {
    hint: 'choose another pool, or remove docker networks that are no longer used',
  });
}

interface Edge {
  readonly network: string;
  readonly cluster: string;
  readonly subnet: string;
}

/** False: Docker knows of an overlap that orca does not see, or the name was taken meanwhile; look again. `POST /networks/create` */
async function create(client: DockerClient, { network, cluster, subnet }: Edge): Promise<boolean> {
  const body = {
    Name: network,
    CheckDuplicate: true,
    Driver: 'bridge',
    // Whatever the engine's own default is: neighbours of IPv6 would need a lock of their own.
    EnableIPv6: false,
    Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    Labels: { [LABEL.cluster]: cluster, [LABEL.kind]: 'edge' },
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gatewayOf(subnet) }] },
  };
  try {
    await client.call(`create network "${network}"`, (docker, abortSignal) =>
      docker.createNetwork({ ...body, abortSignal }),
    );
    return true;
  } catch (error) {
    const again = statusOf(error) === 409 || /overlaps/.test((error as Error).message);
    if (again) return false;
    throw error;
  }
}

function describe(cluster: string, network: NetworkInspectInfo): EdgeNetwork {
  const [subnet] = subnetsOf(network);
  const isolates = network.Options?.['com.docker.network.bridge.enable_icc'] === 'false';
  if (isOwn(cluster, network) && isolates && subnet !== undefined) {
    const gateway = network.IPAM?.Config?.[0]?.Gateway ?? gatewayOf(subnet) ?? '';
    return { subnet, gateway, bridge: bridgeOf(network) };
  }
  throw new OrcaError(
    'conflict',
    `a docker network named "${network.Name}" exists, and it is not this cluster's edge`,
    {
      hint: `remove it: docker network rm ${network.Name}`,
    },
  );
}

/** The name that Docker gives the interface unless it is told one. */
const bridgeOf = ({ Id, Options }: NetworkInspectInfo): string =>
  Options?.['com.docker.network.bridge.name'] ?? `br-${Id.slice(0, 12)}`;

/** `DELETE /networks/{id}` */
async function remove(client: DockerClient, { Id, Name }: NetworkInspectInfo): Promise<void> {
  try {
    await client.call(`remove network "${Name}"`, (docker, abortSignal) =>
      docker.getNetwork(Id).remove({ abortSignal }),
    );
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}

/** `GET /networks` */
const listNetworks = (client: DockerClient): Promise<NetworkInspectInfo[]> =>
  client.call('list networks', (docker, abortSignal) => docker.listNetworks({ abortSignal }));

const isOwn = (cluster: string, { Labels }: NetworkInspectInfo): boolean => Labels?.[LABEL.cluster] === cluster;

const subnetsOf = ({ IPAM }: NetworkInspectInfo): string[] =>
  (IPAM?.Config ?? []).map(({ Subnet }) => Subnet).filter((subnet) => subnet !== undefined);
