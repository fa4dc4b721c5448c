import type { EngineTime } from '../clock.ts';
import type { ObservedEnding } from '../model/container.ts';
import type { Failure } from '../model/deployment.ts';

/**
 * What a planner decides, as plain JSON: logged, shown by `orca plan`, applied by the controller. Each is safe to
 * repeat, and is only emitted once its preconditions have been *observed*. What asks an engine says on which node (its id).
 */
export type Step = { readonly reason: string } & (
  | { readonly kind: 'pull'; readonly revision: number; readonly node: string }
  | {
      readonly kind: 'assign';
      readonly slot: number;
      readonly revision: number;
      readonly attempt: number;
      readonly node: string;
      /** Why there: a clause; nothing where there is no other node. */
      readonly placed?: string | undefined;
      /** That runs now; 0: none does. */
      readonly deployment: number;
    }
  /** Create the container (or adopt it) and start it. */
  | { readonly kind: 'start'; readonly task: string; readonly slot: number; readonly node: string }
  /** `start`: the start of its container that was found ready. */
  | { readonly kind: 'route'; readonly task: string; readonly slot: number; readonly start?: EngineTime | undefined }
  | { readonly kind: 'unroute'; readonly task: string; readonly slot: number }
  /** Stop signal, then SIGKILL after the grace; then the container is removed and the task has ended. Not `wanted`: it failed, and counts for the back-off. */
  | {
      readonly kind: 'stop';
      readonly task: string;
      readonly slot: number;
      readonly node: string;
      readonly wanted?: false | undefined;
    }
  /** Its node is down: it is out of routing, and is stopped once that is back. Of one that was removed it has ended. Nothing waits for it. */
  | {
      readonly kind: 'lose';
      readonly task: string;
      readonly slot: number;
      readonly node: string;
      readonly isGone?: true | undefined;
    }
  /** Its container was restarted by the engine: told, and kept with the task. */
  | {
      readonly kind: 'restarted';
      readonly task: string;
      readonly slot: number;
      readonly ending: ObservedEnding;
      /** Restarts so far. */
      readonly count: number;
    }
  /** The container is dead or gone without orca's word: take what is left of it away, keep the fact. */
  | {
      readonly kind: 'bury';
      readonly task: string;
      readonly slot: number;
      readonly node: string;
      readonly exitCode?: number | undefined;
      readonly oomKilled?: boolean | undefined;
    }
  /** The task has ended, but its container is still there. */
  | { readonly kind: 'sweep'; readonly task: string; readonly slot: number; readonly node: string }
  /** Replaced and drained, it runs on for a while. */
  | { readonly kind: 'keep'; readonly task: string; readonly slot: number; readonly ms: number }
  /** The services that it waited for are as far as they must be: it begins. */
  | { readonly kind: 'begin'; readonly deployment: number }
  /** They never will be: nothing of it is done. */
  | { readonly kind: 'skip'; readonly deployment: number }
  /** All tasks of this hash come into the tables, all others leave them: one table, one write. */
  | { readonly kind: 'cut-over'; readonly deployment: number; readonly hash: string }
  /** The records of all tasks say what the table says since the cut-over. */
  | { readonly kind: 'cut-over-done'; readonly deployment: number }
  /** A canary that cannot be one: it goes on as a rolling deployment. */
  | { readonly kind: 'go-through'; readonly deployment: number }
  /** The canary's part of the requests, percent, is acknowledged: a user decides how it goes on. */
  | { readonly kind: 'pause'; readonly deployment: number; readonly weight: number }
  /** Everything is switched: `monitor` begins. */
  | { readonly kind: 'switched'; readonly deployment: number }
  | { readonly kind: 'succeed'; readonly deployment: number }
  /** The rollout has failed: go back to `to`, or take the new tasks away when there is nothing to go back to. */
  | {
      readonly kind: 'fail';
      readonly deployment: number;
      readonly to?: number | undefined;
      /** How many tasks are wanted there, and what the file says where that was scaled by hand. */
      readonly replicas?: number | undefined;
      readonly scaledFrom?: number | undefined;
      readonly failure: FailureCause;
    }
  /** The way back is done (`rolled-back`), or there was none (`failed`). */
  | { readonly kind: 'settle'; readonly deployment: number; readonly state: 'rolled-back' | 'failed' }
  /** Purge: no task is left, the service and its revisions go. */
  | { readonly kind: 'forget' }
);

/** What the planner knows of a failure; the controller adds the log lines. */
export type FailureCause = Omit<Failure, 'log' | 'at'>;

/** Two steps with the same id do the same: one in flight is not begun again. */
export function stepId(step: Step): string {
  switch (step.kind) {
    case 'assign':
      return `assign:${step.slot}:${step.revision}`;
    case 'pull':
      return `pull:${step.revision}:${step.node}`;
    case 'start':
    case 'route':
    case 'unroute':
    case 'stop':
    case 'lose':
    case 'bury':
    case 'sweep':
    case 'restarted':
    case 'keep':
      return `task:${step.task}`;
    case 'forget':
      return 'forget';
    default:
      return `deployment:${step.deployment}`;
  }
}
