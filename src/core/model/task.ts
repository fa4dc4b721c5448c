import type { EngineTime } from '../clock.ts';
import { orderOf } from '../elapsed.ts';
import type { ObservedEnding } from './container.ts';

/**
 * One container's life in one slot, as the store keeps it: the assignment, written before the container is created,
 * and how it ended. What the container does now is observed, never stored.
 */
export interface Task {
  /** Also the container's name. Random part inside, so never the name of a service. */
  readonly id: string;
  readonly project: string;
  readonly service: string;
  /** 1-based. */
  readonly slot: number;
  readonly revision: number;
  readonly hash: string;
  readonly node: string;
  /** Its fixed address on the node's edge network. */
  readonly address: string;
  /** Its fixed addresses on further networks, by key (`networksOf` in core/names). Others find it there by its service's name. */
  readonly networks?: Readonly<Record<string, string>> | undefined;
  /** How many tasks of this slot in a row ended badly before this one; drives the back-off. */
  readonly attempt: number;
  /** Only moves forward. */
  readonly phase: TaskPhase;
  /** Wanted in the routing table. May go back: an old task is routed again when its successor fails. */
  readonly routed: boolean;
  /** When `routed` last became true; `min_ready` and `monitor` look at it. Epoch ms. */
  readonly routedAt?: number | undefined;
  /** When it was first of all: what its start took is the time from `assignedAt` to this. A task from before this field has none. Epoch ms. */
  readonly firstRoutedAt?: number | undefined;
  /** The start of its container that was routed: another one is a restart since. */
  readonly routedStart?: EngineTime | undefined;
  /** When `routed` last became false; `drain_timeout` counts from here. Epoch ms. */
  readonly unroutedAt?: number | undefined;
  /** When it was first told to stop; what that took is the time from this to its end. Epoch ms. */
  readonly stoppingSince?: number | undefined;
  /** Set when the container was created: from then on a missing container is a lost one. */
  readonly container?: string | undefined;
  readonly assignedAt: number;
  /** The deployment that ran when it was assigned; 0: none did. A task from before this field has none. */
  readonly deployment?: number | undefined;
  /** Its node was lost, and its slot filled elsewhere: it is stopped once the node is back. */
  readonly lost?: true | undefined;
  /** It is stopped because it failed: its end counts for the back-off. */
  readonly givenUp?: true | undefined;
  /** It is no task of the service's own: it runs the release command of its deployment, to its end. */
  readonly release?: ReleaseRun | undefined;
  /** Why this task is there, or why it goes. One sentence. */
  readonly reason: string;
  readonly end?: TaskEnd | undefined;
  /** Replaced, drained, and kept running for a while: back in one switch. Until it is routed again. */
  readonly kept?: Kept | undefined;
  /** The last restart of its container that was told. */
  readonly restarted?: ToldRestart | undefined;
}

/** Of a release command. */
export interface ReleaseRun {
  /** When it was decided to start its container: written first, and never done again. Epoch ms. */
  readonly begunAt?: number | undefined;
}

/** From `at`, epoch ms, for `ms`. */
export interface Kept {
  readonly at: number;
  readonly ms: number;
}

/** How the run before it ended, and when that was told. */
export interface ToldRestart extends ObservedEnding {
  /** Restarts by Docker by then. */
  readonly count: number;
  /** Epoch ms. */
  readonly toldAt: number;
}

/** `run`: should run. `stop`: to be stopped and removed. `ended`: its container is gone, or dead for good; kept as a fact. */
export const TASK_PHASES = ['run', 'stop', 'ended'] as const;
export type TaskPhase = (typeof TASK_PHASES)[number];

export const canBecome = (from: TaskPhase, to: TaskPhase): boolean =>
  TASK_PHASES.indexOf(to) > TASK_PHASES.indexOf(from);

/** How a task ended. */
export interface TaskEnd {
  readonly at: number;
  /** True when orca wanted it to end (stopped, scaled down, replaced). */
  readonly wanted: boolean;
  readonly reason: string;
  readonly exitCode?: number | undefined;
  readonly oomKilled?: boolean | undefined;
  /** The deployment that ran when it ended; 0: none did. */
  readonly deployment?: number | undefined;
}

/** Orders ended tasks, the first to end first. */
export const byEnd = (a: Task, b: Task, now: number): number =>
  orderOf(a.end?.at ?? 0, now) - orderOf(b.end?.at ?? 0, now) || 0;
