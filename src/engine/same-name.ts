import type { NetworkInspectInfo } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import { LABEL } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { statusOf } from './docker-error.ts';

export interface SameNameOptions {
  readonly client: DockerClient;
  readonly cluster: string;
}

/**
 * The network of a name; undefined if there is none. Two that are made at once Docker may give the same name, and then it starts no
 * container on either ("network is ambiguous"). Of the cluster's own the oldest stays, as everyone who looks picks the same, unless
 * only a newer one is in use; what nobody uses is removed. Somebody else's is never touched, and is the one that is told of.
 */
export async function onlyOne(
  { client, cluster }: SameNameOptions,
  networks: readonly NetworkInspectInfo[],
  name: string,
): Promise<NetworkInspectInfo | undefined> {
  const named = networks.filter(({ Name }) => Name === name);
  const foreign = named.find((one) => !isOwn(cluster, one));
  if (foreign) return foreign;
  let [kept, ...others] = named.sort(byAge);
  for (const other of others) {
    if (await isRemoved(client, other)) continue;
    if (kept && (await isRemoved(client, kept))) kept = other;
  }
  return kept;
}

export const isOwn = (cluster: string, { Labels }: NetworkInspectInfo): boolean => Labels?.[LABEL.cluster] === cluster;

/** `DELETE /networks/{id}` */
export async function remove(client: DockerClient, { Id, Name }: NetworkInspectInfo): Promise<void> {
  try {
    await client.call(`remove network "${Name}"`, (docker, abortSignal) =>
      docker.getNetwork(Id).remove({ abortSignal }),
    );
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}

/** False: containers are on it. */
async function isRemoved(client: DockerClient, network: NetworkInspectInfo): Promise<boolean> {
  try {
    await remove(client, network);
    return true;
  } catch (error) {
    if (error instanceof OrcaError && error.code === 'conflict') return false;
    throw error;
  }
}

const byAge = (a: NetworkInspectInfo, b: NetworkInspectInfo): number =>
  Date.parse(a.Created) - Date.parse(b.Created) || (a.Id < b.Id ? -1 : 1);
