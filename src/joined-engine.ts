import { Duplex } from 'node:stream';
import type { MachineSample } from './core/load/sample.ts';
import type { NodeStatus } from './core/nodes/wire.ts';
import { createEngine } from './engine/docker.ts';
import type { Engine } from './engine/engine.ts';
import type { Registries } from './engine/registry.ts';
import type { Wire } from './tunnel/wire.ts';

export interface JoinedEngineOptions {
  /** The wire to its node. @throws OrcaError `unavailable` while there is none */
  readonly wire: () => Wire;
  /** Of the node, which may change. */
  readonly name: () => string;
  readonly cluster: string;
  readonly registries?: Registries | undefined;
}

/** Docker at the other end of a wire. */
export function createJoinedEngine({ wire, name, cluster, registries }: JoinedEngineOptions): Engine {
  const place = () => `node "${name()}"`;
  return createEngine({
    docker: {
      name: place,
      dial: (way) => openOrFailed(() => wire().connect('docker', way)),
      signal: async (process, signal) => wire().signal({ ...process, signal }),
      subnets: async () => wire().subnets(),
      machine: async () => machineOf(await wire().status()),
      disk: async () => {
        const { disk } = await wire().status();
        return disk && { root: disk.path, size: disk.total, free: disk.free, place: place() };
      },
    },
    cluster,
    ...(registries && { registries }),
  });
}

const machineOf = ({ cpu, cpus, memory, load }: NodeStatus): MachineSample | undefined =>
  cpu && { ...cpu, cpus, memory: memory.total - memory.free, memoryTotal: memory.total, load };

/** What cannot be opened fails as soon as it is looked at. */
export function openOrFailed(open: () => Duplex): Duplex {
  try {
    return open();
  } catch (error) {
    return new Duplex({ read: () => undefined }).destroy(error as Error);
  }
}
