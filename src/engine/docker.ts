import { attachContainer } from './attach.ts';
import { readBegan } from './began.ts';
import { createDockerClient, type DockerClient } from './client.ts';
import { connect, type EngineWay } from './connection.ts';
import { readStats } from './container-stats.ts';
import { createContainers } from './containers.ts';
import { createCopy } from './copy.ts';
import { dial } from './dial.ts';
import type { Engine, EngineInfo } from './engine.ts';
import { type ExecCommand, startExec } from './exec.ts';
import { runToEnd } from './exec-to-end.ts';
import { type DiskInfo, type DiskOf, type EngineDisk, freeDisk } from './free-disk.ts';
import { createImages } from './images.ts';
import { createInspections } from './inspections.ts';
import { readLogs } from './logs.ts';
import { readMachine } from './machine-load.ts';
import { machineSubnets } from './machine-subnets.ts';
import { createNetworks } from './networks.ts';
import { createOwnContainers } from './own-containers.ts';
import { signalProcess } from './process-signal.ts';
import type { Registries } from './registry.ts';
import { tryContainer } from './trial.ts';
import { readUsage } from './usage.ts';
import { askForOwnUsers } from './user-namespace.ts';
import { createVolumes } from './volumes.ts';
import { watch } from './watch.ts';

export interface EngineOptions {
  /** `unix:///path` or `tcp://host:port`; or a way to the engine of another machine. */
  readonly docker: string | EngineWay;
  /** The cluster's id: only its containers and networks are seen, and touched. */
  readonly cluster: string;
  /** Which registries may be used, and who is told of their problems; all of them, and nobody, by default. */
  readonly registries?: Registries | undefined;
  /** IPv4 subnets in use on the engine's machine, for the choice of the edge's; by default the way's, else those of this machine. */
  readonly machineSubnets?: (() => Promise<readonly string[]>) | undefined;
}

/** An engine over the Docker API. Nothing is asked before the first call. */
export function createEngine(options: EngineOptions): Engine {
  const { docker, cluster, registries = {} } = options;
  const way = typeof docker === 'string' ? undefined : docker;
  const isLocal = typeof docker === 'string' && docker.startsWith('unix:');
  const diskOf: DiskOf = async (info) => (isLocal ? freeDisk(info) : way?.disk?.().catch(() => undefined));
  const subnets = options.machineSubnets ?? (way ? (way.subnets ?? (async () => [])) : machineSubnets);
  const client = createDockerClient(connect(docker));
  const inspections = createInspections(client);
  const own = createOwnContainers(inspections, cluster);
  const signal = way?.signal ?? signalProcess;
  const start = (name: string, command: ExecCommand) => startExec({ client, containers: own, signal }, name, command);
  return {
    info: () => info(client),
    began: () => readBegan(client),
    reach: () => reach(client),
    tryContainer: () => tryContainer(client, cluster),
    watch: (handlers, signal) => {
      const onReset = () => {
        inspections.reset();
        handlers.onReset();
      };
      watch(client, cluster, { ...handlers, onReset }, signal);
    },
    logs: (name, query) => readLogs(client, own, name, query),
    exec: start,
    attach: (name, tty) => attachContainer(client, own, name, tty),
    execToEnd: (name, command) => runToEnd((one) => start(name, one), command),
    ...createContainers({ client, cluster, inspections, own, hasOwnUsers: askForOwnUsers(client) }),
    ...createCopy(client, own),
    stats: (name, signal) => readStats(client, own, name, signal),
    machine: async () => (isLocal ? readMachine() : way?.machine?.()),
    disk: () => readDisk(client, diskOf),
    usage: () => readUsage(client, cluster, diskOf),
    ...createImages(client, registries, diskOf),
    ...createVolumes(client, cluster),
    ...createNetworks({ client, cluster, machineSubnets: subnets }),
  };
}

async function info(client: DockerClient): Promise<EngineInfo> {
  const found = await client.call('describe itself', (docker, signal) => dial<InfoAnswer>(docker, '/info', { signal }));
  return {
    id: found.ID,
    version: found.ServerVersion,
    apiVersion: await client.api(),
    cpus: found.NCPU,
    memory: found.MemTotal,
    rootless: found.SecurityOptions?.includes('name=rootless') ?? false,
  };
}

/** `GET /info` */
const readDisk = async (client: DockerClient, diskOf: DiskOf): Promise<EngineDisk | undefined> =>
  diskOf(await client.call('describe itself', (docker, signal) => dial<DiskInfo>(docker, '/info', { signal })));

const REACH_LIMIT = 5_000;

const reach = (client: DockerClient): Promise<void> =>
  client.call('answer a ping', (docker, signal) => dial(docker, '/_ping', { signal }), {
    limit: REACH_LIMIT,
    once: true,
  });

/** `GET /info` */
interface InfoAnswer {
  readonly ID: string;
  readonly ServerVersion: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly SecurityOptions?: readonly string[] | null;
}
