import type { Edge } from '../core/edge/edge.ts';
import { membersOf } from '../core/edge/members.ts';
import type { ContainerView } from '../core/model/container.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import { createLockTrouble } from './lock-trouble.ts';
import { createLoop } from './loop.ts';
import { holdAddress } from './services/held-addresses.ts';
import type { World } from './world.ts';

export interface EdgeLock {
  /** Tasks or containers may have changed. */
  notice(): void;
  run(signal: AbortSignal): Promise<void>;
  /** Why a container may be able to take the traffic of others; a sentence. */
  problem(): string | undefined;
}

export interface EdgeLockOptions {
  readonly state: State;
  /** Id of the master's own machine: bridges of others cannot be set from here. */
  readonly own: string;
  readonly world: Pick<World, 'containers' | 'routing'>;
  /** Sees to it once, on this machine; rejects where it cannot. */
  readonly lock: (edge: Edge) => Promise<void>;
  /** The interface of the edge network on this machine; undefined while it is not known. */
  readonly bridge: () => string | undefined;
  readonly clock: { now(): number };
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  readonly log: Log;
}

/** Somebody else may have changed the bridge: rarely, and each look takes three processes. */
const CHECK_EVERY = 60_000;

/** Sees to it that each address of the edge leads to the task that it was given to, and to nobody who claims it. */
export function createEdgeLock({ state, own, world, lock, bridge, clock, steady, log }: EdgeLockOptions): EdgeLock {
  const trouble = createLockTrouble(steady, log);
  let lockedFor = '';
  let lockedAt = Number.NEGATIVE_INFINITY;

  const reconcile = async () => {
    const [network, containers] = [bridge(), world.containers(own)];
    if (network === undefined || containers === undefined) return undefined;
    const { records } = await state.tasks.listReadable();
    const tasks = records.map(({ value }) => value).filter(({ node }) => node === own);
    const edge = {
      bridge: network,
      members: membersOf(holdAddress(tasks, world), containers),
      containers,
    };
    const text = textOf(edge);
    if (text !== lockedFor || steady() - lockedAt >= CHECK_EVERY) {
      await trouble.timed(() => lock(edge));
      [lockedFor, lockedAt] = [text, steady()];
      trouble.healed();
    }
    return clock.now() + CHECK_EVERY;
  };

  const loop = createLoop({
    reconcile,
    clock,
    gather: trouble.gather,
    onError: (_, error) => trouble.failed(error),
  });

  return { notice: () => loop.notice('edge'), run: loop.run, problem: trouble.problem };
}

interface Seen {
  readonly containers: readonly ContainerView[];
}

/** A container that was started again has a new port. */
const textOf = ({ bridge, members, containers }: Omit<Edge, 'containers'> & Seen): string =>
  JSON.stringify([bridge, members, containers.map(({ id, startedAt, state }) => [id, startedAt, state])]);
