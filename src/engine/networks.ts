import type { NetworkCreateOptions, NetworkInspectInfo } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import { LABEL } from '../core/model/container.ts';
import { chooseSubnet, gatewayOf, overlapping } from '../core/route/addresses.ts';
import type { DockerClient } from './client.ts';
import { statusOf } from './docker-error.ts';
import type { EdgeNetwork, Engine } from './engine.ts';
import { isOwn, onlyOne, remove } from './same-name.ts';

/** 4,093 tasks a node. */
const EDGE_PREFIX = 20;
/** 1,021 tasks; a bridge of Linux takes 1,023 ports. */
const PROJECT_PREFIX = 22;
/** Subnets that Docker may refuse before orca gives up. */
const ATTEMPTS = 16;

type Networks = Pick<Engine, 'ensureEdge' | 'ensureNetwork' | 'removeNetwork'>;

export interface NetworksOptions {
  readonly client: DockerClient;
  readonly cluster: string;
  /** IPv4 subnets that the engine's machine has addresses in or routes to. */
  readonly machineSubnets: () => Promise<readonly string[]>;
}

export const createNetworks = (options: NetworksOptions): Networks => ({
  ensureEdge: async (network, pool) =>
    describeEdge(options.cluster, await ensure(options, { network, pool, prefix: EDGE_PREFIX, ...EDGE })),
  ensureNetwork: async (network, pool, subnet) => {
    const made = await ensure(options, { network, pool, subnet, prefix: PROJECT_PREFIX, ...PROJECT });
    return describeProject(options.cluster, made);
  },
  removeNetwork: async (network) => {
    for (const one of await listNetworks(options.client))
      if (one.Name === network && isOwn(options.cluster, one)) await remove(options.client, one);
  },
});

interface Wanted {
  readonly network: string;
  readonly pool: string;
  readonly prefix: number;
  /** It had before, if it did. */
  readonly subnet?: string | undefined;
  readonly kind: string;
  readonly make: Partial<NetworkCreateOptions>;
}

const EDGE = { kind: 'edge', make: { Options: { 'com.docker.network.bridge.enable_icc': 'false' } } };
const PROJECT = { kind: 'project', make: { Internal: true } };

/** One that exists is kept as it is, even where routes have come to overlap it since: tasks have addresses in it. */
async function ensure(options: NetworksOptions, wanted: Wanted): Promise<NetworkInspectInfo> {
  const { client } = options;
  const { network, pool, prefix } = wanted;
  const refused: string[] = [];
  let inUse: readonly string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const networks = await listNetworks(client);
    const present = await onlyOne(options, networks, network);
    if (present !== undefined) return present;
    inUse = [...(await options.machineSubnets()), ...networks.flatMap(subnetsOf)];
    const subnet = wanted.subnet ?? chooseSubnet(pool, [...inUse, ...refused], prefix);
    if (subnet === undefined) break;
    if (!(await create(options, wanted, subnet))) refused.push(subnet);
  }
  throw noRoom(wanted, inUse);
}

function noRoom({ network, pool, prefix, subnet }: Wanted, inUse: readonly string[]): OrcaError {
  const [inTheWay, ...more] = overlapping(subnet ?? pool, inUse);
  const others = more.length > 0 ? ` and ${more.length} more` : '';
  const why = inTheWay === undefined ? '' : `: ${inTheWay}${others} of this machine overlap it`;
  const what = subnet === undefined ? `no free /${prefix} for network "${network}" in the address pool ${pool}` : '';
  const lost = subnet === undefined ? '' : `network "${network}" cannot be made again with its subnet ${subnet}`;
  return new OrcaError('unplaceable', `${what}${lost}${why}`, {
    hint: 'remove docker networks or routes that are no longer used',
  });
}

/** False: Docker knows of an overlap that orca does not see, or the name was taken meanwhile; look again. `POST /networks/create` */
async function create(
  { client, cluster }: NetworksOptions,
  { network, kind, make }: Wanted,
  subnet: string,
): Promise<boolean> {
  const body = {
    Name: network,
    CheckDuplicate: true,
    Driver: 'bridge',
    // Whatever the engine's own default is: neighbours of IPv6 would need a lock of their own.
    EnableIPv6: false,
    Labels: { [LABEL.cluster]: cluster, [LABEL.kind]: kind },
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gatewayOf(subnet) }] },
    ...make,
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

function describeEdge(cluster: string, network: NetworkInspectInfo): EdgeNetwork {
  const [subnet] = subnetsOf(network);
  const isolates = network.Options?.['com.docker.network.bridge.enable_icc'] === 'false';
  if (!isOwn(cluster, network) || !isolates || subnet === undefined) throw notOwn(network, "this cluster's edge");
  const gateway = network.IPAM?.Config?.[0]?.Gateway ?? gatewayOf(subnet) ?? '';
  return { subnet, gateway, bridge: bridgeOf(network) };
}

function describeProject(cluster: string, network: NetworkInspectInfo): string {
  const [subnet] = subnetsOf(network);
  if (!isOwn(cluster, network) || !network.Internal || subnet === undefined)
    throw notOwn(network, "a project network of this cluster's");
  return subnet;
}

const notOwn = ({ Name }: NetworkInspectInfo, what: string): OrcaError =>
  new OrcaError('conflict', `a docker network named "${Name}" exists, and it is not ${what}`, {
    hint: `remove it: docker network rm ${Name}`,
  });

/** The name that Docker gives the interface unless it is told one. */
const bridgeOf = ({ Id, Options }: NetworkInspectInfo): string =>
  Options?.['com.docker.network.bridge.name'] ?? `br-${Id.slice(0, 12)}`;

/** `GET /networks` */
const listNetworks = (client: DockerClient): Promise<NetworkInspectInfo[]> =>
  client.call('list networks', (docker, abortSignal) => docker.listNetworks({ abortSignal }));

const subnetsOf = ({ IPAM }: NetworkInspectInfo): string[] =>
  (IPAM?.Config ?? []).map(({ Subnet }) => Subnet).filter((subnet) => subnet !== undefined);
