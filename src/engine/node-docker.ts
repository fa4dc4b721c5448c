import type { ContainerInfo } from 'dockerode';
import type { EdgeContainer } from '../core/edge/edge.ts';
import { notFound, OrcaError } from '../core/errors.ts';
import { type ContainerView, LABEL } from '../core/model/container.ts';
import { createDockerClient } from './client.ts';
import { connect } from './connection.ts';
import type { Engine, LogLine } from './engine.ts';
import { createInspections } from './inspections.ts';
import { readLogs } from './logs.ts';
import { createOwnContainers } from './own-containers.ts';
import { PROCESS_SIGNALS } from './process.ts';
import { type EngineProcess, signalProcess } from './process-signal.ts';
import { watch } from './watch.ts';

/** What a node asks its own Docker for: of the containers of its cluster, what the master cannot do from afar. */
export interface NodeDocker {
  /** Those on the edge network. `GET /containers/json` */
  edgeContainers(network: string): Promise<readonly EdgeContainer[]>;
  watch: Engine['watch'];
  /** The last lines of a log. Rejects with `not_found` without such a container. */
  log(name: string, tail: number): AsyncIterable<LogLine>;
  /** @throws OrcaError `not_found` if its container is not the cluster's, `invalid` for a signal that is none, else as `signalProcess` */
  signal(process: EngineProcess, signal: string): Promise<void>;
}

export function createNodeDocker(socketPath: string, cluster: string): NodeDocker {
  const client = createDockerClient(connect(`unix://${socketPath}`));
  const own = createOwnContainers(createInspections(client), cluster);
  return {
    async edgeContainers(network) {
      const filters = { label: [`${LABEL.cluster}=${cluster}`], network: [network] };
      const found = await client.call('list containers', (docker, abortSignal) =>
        docker.listContainers({ all: true, filters, abortSignal }),
      );
      return found.map((one) => edgeContainer(one, network));
    },
    watch: (handlers, signal) => watch(client, cluster, handlers, signal),
    log: (name, tail) => readLogs(client, own, name, { tail }),
    async signal(process, name) {
      const signal = PROCESS_SIGNALS.find((each) => each === name);
      if (signal === undefined) throw new OrcaError('invalid', `${name} is not sent to processes of containers`);
      const info = await own.inspect(process.container);
      if (info?.Id !== process.container) throw notFound('container', process.container);
      await signalProcess(process, signal);
    },
  };
}

/** The address asked for stands there also while it is stopped; the number of its process does not: /proc has it. */
function edgeContainer({ Id, State, NetworkSettings }: ContainerInfo, network: string): EdgeContainer {
  const edge = NetworkSettings?.Networks[network];
  return {
    id: Id,
    state: State as ContainerView['state'],
    address: edge?.IPAMConfig?.IPv4Address || edge?.IPAddress || undefined,
    hardware: edge?.MacAddress || undefined,
    pid: undefined,
  };
}
