import type { EngineTime } from '../clock.ts';
import type { Ending } from '../model/ending.ts';
import { howEnded, lastRestart } from '../rollout/endings.ts';
import { freshHealth, isProbedByPlane, runningContainer } from '../rollout/health.ts';
import { isInTables, isReady, isRouted, lifeOf, whyNotReady, whyUnread } from '../rollout/judge.ts';
import { keptUntil } from '../rollout/kept.ts';
import type { Sight, TaskView } from '../rollout/observed.ts';
import { stageOf } from '../rollout/stage.ts';

/** In this order: a task only moves forward. */
export type TaskState = 'assigned' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/**
 * - `ready`: answers its probe (without a port: has run for 5 s)
 * - `waiting`: not ready yet, `failing`: was routed and misses its probes, or is being restarted
 * - `unknown`: its node, its container or the data plane's word on it cannot be read
 * - `none`: it has ended, or ends
 */
export type TaskHealth = 'ready' | 'waiting' | 'failing' | 'unknown' | 'none';

export interface TaskReport {
  readonly state: TaskState;
  readonly health: TaskHealth;
  /** Every worker sends it requests. */
  readonly routed: boolean;
  /** Serves now: ready, and routed if the service has domains. */
  readonly serves: boolean;
  /** Restarts by Docker of the container. */
  readonly restarts: number;
  /** Replaced, and kept to be switched back to, until then. Epoch ms. */
  readonly keptUntil?: number | undefined;
  /** Of the container's last start. */
  readonly startedAt?: EngineTime | undefined;
  readonly exitCode?: number | undefined;
  /** How the run before this one ended, if its container was restarted. */
  readonly lastRestart?: RestartReport | undefined;
  /** Why it is in this state, in one sentence. */
  readonly reason: string;
}

export interface RestartReport extends Ending {
  /** `ran out of memory (limit 64Mi)` */
  readonly reason: string;
  /** When it was seen. Epoch ms. */
  readonly at: number;
}

/** A task as it is observed now, never as it is wished. */
export function taskStatus(sight: Sight, seen: TaskView, now: number): TaskReport {
  const container = seen.container === 'unknown' ? undefined : seen.container;
  const state = stateOf(sight, seen, now);
  const health = healthOf(sight, seen, state, now);
  const routed = isRouted(sight) && seen.routing.everywhere;
  return {
    state,
    health,
    routed,
    serves: seen.task.phase === 'run' && health === 'ready' && isInTables(sight, seen),
    restarts: container?.restarts ?? 0,
    keptUntil: keptUntil(seen.task),
    startedAt: container?.startedAt,
    exitCode: seen.task.end?.exitCode ?? (state === 'failed' ? container?.exitCode : undefined),
    lastRestart: restartOf(sight, seen),
    reason: withBlock(sight, seen, reasonOf(sight, seen, { state, health }, now)),
  };
}

/** The furthest that was seen. While its node cannot be read, the store's facts speak. */
function stateOf(sight: Sight, seen: TaskView, now: number): TaskState {
  const { task, container } = seen;
  switch (lifeOf(seen, now)) {
    case 'ended':
      return task.end?.wanted || stageOf(sight, seen, now) === 'completed' ? 'stopped' : 'failed';
    case 'stopping':
      return 'stopping';
    case 'dead':
      return 'failed';
    case 'assigned':
      return container ? 'starting' : 'assigned';
    case 'alive':
      return 'running';
    case 'unknown':
      if (task.routedAt !== undefined) return 'running';
      return task.container === undefined ? 'assigned' : 'starting';
  }
}

function healthOf(sight: Sight, seen: TaskView, state: TaskState, now: number): TaskHealth {
  if (state === 'stopping' || state === 'stopped' || state === 'failed') return 'none';
  if (seen.container === 'unknown') return 'unknown';
  if (isReady(sight, seen, now)) return 'ready';
  if (isUnseen(sight, seen)) return 'unknown';
  return seen.task.routedAt === undefined ? 'waiting' : 'failing';
}

/** It runs and has a port, but no data plane is there to probe it. */
const isUnseen = (sight: Sight, seen: TaskView): boolean =>
  isProbedByPlane(sight) &&
  sight.ingressSince === undefined &&
  runningContainer(seen) !== undefined &&
  freshHealth(sight, seen) === undefined;

interface Standing {
  readonly state: TaskState;
  readonly health: TaskHealth;
}

/** What keeps its slot from getting on is said of the task that should. */
function withBlock({ blocked }: Sight, { task }: TaskView, reason: string): string {
  const block = task.phase === 'run' ? blocked?.get(task.slot) : undefined;
  return block === undefined ? reason : `${reason}; ${block}`;
}

function reasonOf(sight: Sight, seen: TaskView, { state, health }: Standing, now: number): string {
  const { task } = seen;
  if (task.end) return task.end.reason;
  if (state === 'failed') return whyDead(sight, seen);
  if (health === 'unknown') return seen.container === 'unknown' ? whyUnread(sight, seen) : 'no data plane probes it';
  if (health === 'waiting' || health === 'failing') return whyNotReady(sight, seen, now);
  return task.reason;
}

function whyDead(sight: Sight, seen: TaskView): string {
  const { container } = seen;
  if (!container || container === 'unknown') return 'its container is gone';
  return container.error ? `could not be started: ${container.error}` : howEnded(sight, seen, container);
}

function restartOf(sight: Sight, seen: TaskView): RestartReport | undefined {
  const ending = lastRestart(seen);
  if (!ending) return undefined;
  const { exitCode, oomKilled, seenAt } = ending;
  return { exitCode, oomKilled, at: seenAt, reason: howEnded(sight, seen, ending) };
}
