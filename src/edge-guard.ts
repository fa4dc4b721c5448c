import { createLockTrouble } from './controllers/lock-trouble.ts';
import { createLoop } from './controllers/loop.ts';
import type { Edge } from './core/edge/edge.ts';
import { membersOf } from './core/edge/members.ts';
import type { GivenEdge } from './core/nodes/wire.ts';
import type { NodeDocker } from './engine/node-docker.ts';
import type { Log } from './telemetry/log.ts';

/** Keeps the edge network of a node locked by what its own Docker shows: with the master away, too. */
export interface EdgeGuard {
  notice(): void;
  /** Until the signal; resolves when the pass under way has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** It was locked once, or it is known why it cannot be. */
  settled(): boolean;
  /** Why a container may be able to take the traffic of others, as a clause. */
  problem(): string | undefined;
}

export interface EdgeGuardOptions {
  readonly docker: Pick<NodeDocker, 'edgeContainers' | 'watch'>;
  readonly edge: () => GivenEdge | undefined;
  readonly lock: (edge: Edge) => Promise<void>;
  readonly clock: { now(): number };
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  readonly log: Log;
}

/** Somebody else may have changed the bridge. */
const CHECK_EVERY = 30_000;

export function createEdgeGuard({ docker, edge, lock, clock, steady, log }: EdgeGuardOptions): EdgeGuard {
  const trouble = createLockTrouble(steady, log);
  let isLocked = false;

  const reconcile = async (): Promise<number | undefined> => {
    const given = edge();
    if (!given) return undefined;
    await trouble.timed(async () => {
      const containers = await docker.edgeContainers(given.network);
      await lock({ bridge: given.bridge, members: membersOf([], containers), containers });
    });
    trouble.healed();
    isLocked = true;
    return clock.now() + CHECK_EVERY;
  };

  const loop = createLoop({
    reconcile,
    clock,
    gather: trouble.gather,
    onError: (_, error) => trouble.failed(error),
  });
  const notice = () => loop.notice('edge');

  return {
    notice,
    settled: () => isLocked || trouble.problem() !== undefined,
    problem: trouble.problem,
    run(signal) {
      docker.watch({ onEvent: notice, onReset: notice, onDown: () => undefined }, signal);
      notice();
      return loop.run(signal);
    },
  };
}
