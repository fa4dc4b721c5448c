import { OrcaError } from '../core/errors.ts';
import type { NodeStatus } from '../core/nodes/wire.ts';
import { createDockerClient } from '../engine/client.ts';
import { connect } from '../engine/connection.ts';
import { dial } from '../engine/dial.ts';
import { type DiskInfo, type EngineDisk, freeDisk } from '../engine/free-disk.ts';
import { readMachine } from '../engine/machine-load.ts';

/** Docker is asked no more often, ms; what it said before is told meanwhile. */
const ASKED_EVERY = 5_000;
/** A master that asks for the status waits no longer for Docker, ms. */
const DOCKER_LIMIT = 2_000;

interface Docker {
  readonly disk?: EngineDisk | undefined;
  readonly problem?: string | undefined;
}

export type MachineStatus = Pick<NodeStatus, 'memory' | 'cpus' | 'cpu' | 'load' | 'disk' | 'dockerProblem'>;

/**
 * What this machine has and uses, and whether its Docker answers. `GET /info`
 * @param now ms of a clock that is never set
 */
export function createMachineStatus(dockerSocket: string, now = () => performance.now()): () => Promise<MachineStatus> {
  const client = createDockerClient(connect(`unix://${dockerSocket}`));
  let known: Docker = {};
  let at: number | undefined;
  let asking: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    at = now();
    known = await client
      .call('describe itself', (docker, signal) => dial<DiskInfo>(docker, '/info', { signal }), { limit: DOCKER_LIMIT })
      .then(async (info) => ({ disk: await freeDisk(info) }))
      .catch((error: unknown) => ({ disk: known.disk, problem: wordsOf(error) }));
  };

  return async () => {
    if (at === undefined || now() - at >= ASKED_EVERY) {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
    }
    await asking;
    const { disk, problem } = known;
    const { busy, total, cpus, memory, memoryTotal, load } = readMachine();
    return {
      memory: { total: memoryTotal, free: memoryTotal - memory },
      cpus,
      cpu: { busy, total },
      load,
      ...(disk && { disk: { path: disk.root, total: disk.size, free: disk.free } }),
      ...(problem !== undefined && { dockerProblem: problem }),
    };
  };
}

const wordsOf = (error: unknown): string => {
  if (error instanceof OrcaError) return error.message;
  throw error;
};
