import { setTimeout as sleep } from 'node:timers/promises';
import { createLoop } from './controllers/loop.ts';
import type { Edge } from './core/edge/edge.ts';
import { membersOf } from './core/edge/members.ts';
import { OrcaError } from './core/errors.ts';
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
/** Starts come in crowds; half of the time at most goes into processes that look. */
const [GATHER, LONGEST_REST] = [20, 500];
/** Passes that fail, one after the other, before it is told: a container may go while it is looked for. */
const FAILURES_UNTOLD = 5;

export function createEdgeGuard({ docker, edge, lock, clock, steady, log }: EdgeGuardOptions): EdgeGuard {
  let failures = 0;
  let problem: string | undefined;
  let isLocked = false;
  let spent = 0;

  const reconcile = async (): Promise<number | undefined> => {
    const given = edge();
    if (!given) return undefined;
    const begun = steady();
    const containers = await docker.edgeContainers(given.network);
    await lock({ bridge: given.bridge, members: membersOf([], containers), containers }).finally(() => {
      spent = steady() - begun;
    });
    failures = 0;
    problem = undefined;
    isLocked = true;
    return clock.now() + CHECK_EVERY;
  };

  const loop = createLoop({
    reconcile,
    clock,
    gather: () => sleep(Math.min(GATHER + spent, LONGEST_REST)),
    onError: (_, error) => {
      failures += 1;
      const reason = wordsOf(error);
      if (failures < FAILURES_UNTOLD || reason === problem) return;
      problem = reason;
      log.warn({ err: error }, `the edge network is not protected against a container that keeps NET_RAW: ${reason}`);
    },
  });
  const notice = () => loop.notice('edge');

  return {
    notice,
    settled: () => isLocked || problem !== undefined,
    problem: () => problem,
    run(signal) {
      docker.watch({ onEvent: notice, onReset: notice, onDown: () => undefined }, signal);
      notice();
      return loop.run(signal);
    },
  };
}

const wordsOf = (error: unknown): string => {
  if (!(error instanceof OrcaError)) return String(error);
  return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
};
