import type { ContainerInspectInfo } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import type { DockerClient } from './client.ts';
import { isAway, statusOf } from './docker-error.ts';
import { createGate } from './gate.ts';
import { createReadings, type Readings } from './readings.ts';

/**
 * Asks for containers one by one. Docker does not answer for a container whose lock is held (moby 33870, 30605), for minutes
 * or for good, while it answers for all others: such a one is asked for again later each time, and never by many calls at once.
 */
export interface Inspections {
  /**
   * Undefined if there is no such container. `GET /containers/{id}/json`
   *
   * @param id what to ask for, where that is known
   * @throws OrcaError `unavailable` if Docker does not tell; at once while it rests after that
   */
  inspect(name: string, id?: string): Promise<ContainerInspectInfo | undefined>;
  /** What was said when it could not be read last; undefined once it can. */
  trouble(name: string): OrcaError | undefined;
  /** What was read last. */
  readonly readings: Pick<Readings, 'still' | 'keepOnly'>;
  /** The engine may be another one now: all of it is forgotten. */
  reset(): void;
}

/** A container that Docker can read is told of within milliseconds; on a busy machine within a second. */
const INSPECT_LIMIT = 5_000;
const FIRST_REST = 2_000;
const LONGEST_REST = 30_000;
/** Of the connections for short calls, half: what hangs leaves the others to those that do not. */
const AT_ONCE = 32;
/** Containers that could not be read, and are tried again. */
const RETRIED_AT_ONCE = 4;
/** That could not be read, and are remembered. */
const REMEMBERED = 10_000;

interface Trouble {
  readonly error: OrcaError;
  readonly failures: number;
  /** Of `performance.now()`. */
  readonly until: number;
}

/** @param limit of one call, ms */
export function createInspections(client: DockerClient, limit = INSPECT_LIMIT): Inspections {
  const readings = createReadings();
  const troubles = new Map<string, Trouble>();
  const asking = createGate(AT_ONCE);
  const retrying = createGate(RETRIED_AT_ONCE);

  const failed = (name: string, error: unknown): OrcaError => {
    const failures = (troubles.get(name)?.failures ?? 0) + 1;
    const rest = Math.min(LONGEST_REST, FIRST_REST * 2 ** Math.min(failures - 1, 10));
    if (troubles.size >= REMEMBERED) troubles.clear();
    const told = unreadable(name, error);
    troubles.set(name, { error: told, failures, until: performance.now() + rest });
    return told;
  };

  const ask = async (name: string, id: string) => {
    try {
      const at = performance.now();
      const info = await call(client, { name, id, limit });
      troubles.delete(name);
      readings.keep(name, info, at);
      return info;
    } catch (error) {
      throw error instanceof OrcaError && isAway(error) ? error : failed(name, error);
    }
  };

  return {
    trouble: (name) => troubles.get(name)?.error,
    readings,
    reset: () => {
      troubles.clear();
      readings.reset();
    },
    inspect: async (name, id = name) => {
      checked(id);
      const trouble = troubles.get(name);
      if (trouble === undefined) return asking(() => ask(name, id));
      if (trouble.until > performance.now()) throw trouble.error;
      return retrying(() => asking(() => ask(name, id)));
    },
  };
}

interface Asked {
  readonly name: string;
  readonly id: string;
  readonly limit: number;
}

const call = async (client: DockerClient, { name, id, limit }: Asked): Promise<ContainerInspectInfo | undefined> => {
  const asked = client.call(
    `inspect container "${name}"`,
    (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
    { limit },
  );
  const info: Partial<ContainerInspectInfo> | null | undefined = await asked.catch((error: unknown) => {
    if (statusOf(error) !== 404) throw error;
    return undefined;
  });
  if (info === undefined || isWhole(info)) return info;
  throw new Error(`docker at ${client.url} told nothing of use of container "${name}"`);
};

/** What is read of it; Docker tells null, or no JSON at all, where it fails in the middle. */
const isWhole = (info: Partial<ContainerInspectInfo> | null): info is ContainerInspectInfo =>
  [info?.State, info?.Config, info?.HostConfig].every((part) => typeof part === 'object' && part !== null);

/** Whatever Docker said, nothing is known of the container: nobody may take that for a verdict on it. */
function unreadable(name: string, error: unknown): OrcaError {
  if (error instanceof OrcaError && error.code === 'unavailable') return error;
  return new OrcaError('unavailable', error instanceof Error ? error.message : `container "${name}" cannot be read`, {
    cause: error,
    hint: 'docker may have it locked: see its log; orca asks again',
  });
}

/** Names go into request paths as they are. */
export function checked(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return name;
  throw new OrcaError('invalid', `not a container's name: "${name}"`);
}
