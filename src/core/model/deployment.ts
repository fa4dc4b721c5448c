import type { CanarySpec } from './canary-spec.ts';
import type { PullProgress } from './pull-progress.ts';

export const DEPLOYMENT_STATES = [
  'pending',
  'running',
  'paused',
  'succeeded',
  'failed',
  'rolled-back',
  'superseded',
  'skipped',
] as const;

/** Those that this version fulfils. */
export const STRATEGIES = ['rolling', 'blue-green', 'canary'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

/** One rollout from a revision to another. */
export interface Deployment {
  /** Cluster-wide, rising. */
  readonly id: number;
  readonly project: string;
  readonly service: string;
  /** The revision gone back to on failure: the last one that succeeded. Undefined for a first deployment. */
  readonly from?: number | undefined;
  readonly to: number;
  /** The count of tasks before it, and what the file said where that was scaled by hand: gone back to with `from`. */
  readonly before?: { readonly replicas: number; readonly scaledFrom?: number | undefined } | undefined;
  readonly state: DeploymentState;
  readonly strategy: StrategyName;
  /** It brings no other revision: all tasks from before it are replaced by new ones of the same. */
  readonly restart?: true | undefined;
  /** Set once the rollout has failed and goes back; the state becomes `rolled-back` or `failed` when that is done. */
  readonly failure?: Failure | undefined;
  /** How far the canary has come; undefined where it is none, or goes straight through. */
  readonly canary?: Canary | undefined;
  /** A user wants back what served: it goes back as if it had failed, and nothing was wrong with it. */
  readonly revert?: Revert | undefined;
  /** The one set of tasks that was switched to as a whole, last. One that another deployment took over is carried on. */
  readonly cutOver?: CutOver | undefined;
  /** When the last old task was unrouted (or the last new one routed); `monitor` counts from here. Epoch ms. */
  readonly switchedAt?: number | undefined;
  /** Tasks of deployments before this one that have ended do not count: what they ran is run again. Undefined: all count. */
  readonly endsFrom?: number | undefined;
  /** The same by time, in a deployment from before `endsFrom`. Epoch ms. */
  readonly endsSince?: number | undefined;
  /** What other services must have come to before it begins; they are of its own project. */
  readonly after?: readonly Awaited[] | undefined;
  /** When it began, of one that waited. Epoch ms. */
  readonly begunAt?: number | undefined;
  /** The service was stopped before: if it never begins, it is again. */
  readonly wasStopped?: true | undefined;
  /** Its revision has a release command, which runs unless no container is replaced. One from before this field has none. */
  readonly release?: DeploymentRelease | undefined;
  /** One sentence: why it is in this state, or what it waits for. */
  readonly reason: string;
  /** How far the pull of its image is; of meaning only while it runs. */
  readonly pulling?: PullProgress | undefined;
  /** The deployment that superseded this one. */
  readonly supersededBy?: number | undefined;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
}

export interface DeploymentRelease {
  /** How it ended: told for as long as the deployment is, where the task of the command is forgotten before. */
  readonly end?: ReleaseEnd | undefined;
}

export const RELEASE_ENDS = ['succeeded', 'failed', 'never-began', 'unknown'] as const;

export interface ReleaseEnd {
  /** `unknown`: it was to be started, and nobody has seen whether it ran, or how it ended. */
  readonly state: (typeof RELEASE_ENDS)[number];
  readonly exitCode?: number | undefined;
  /** One sentence. */
  readonly reason: string;
}

/** How far a service must have come: its tasks run, it is healthy, they have run to their end with exit code 0. */
export const UNTIL = ['started', 'healthy', 'completed'] as const;

/** A service that a deployment waits for. */
export interface Awaited {
  readonly service: string;
  readonly until: (typeof UNTIL)[number];
  /** That brings it there, of the same request; without it, the service counts as it is. */
  readonly deployment?: number | undefined;
}

/** All tasks of one hash came into the tables and all others left them, in one table. */
export interface CutOver {
  readonly hash: string;
  readonly at: number;
  /** The records of all tasks say so too. Until then the table is made by `hash` alone, whatever they say. */
  readonly done?: true | undefined;
}

/** A part of the requests goes to the new revision, and the whole old set serves beside it, until a user decides. */
export interface Canary {
  /** Counted from 1. */
  readonly step: number;
  /** How many there are. */
  readonly of: number;
  /** Percent of the requests that the new revision gets; 100: it was promoted, and takes over slot by slot. */
  readonly weight: number;
  /** What decides which requests, as the revision says. */
  readonly by: CanarySpec['by'];
  readonly name?: string | undefined;
  /** When this was asked for. Epoch ms. */
  readonly at: number;
  /** When all of its tasks were ready and every worker had acknowledged the weight. Epoch ms. */
  readonly reachedAt?: number | undefined;
}

export interface Revert {
  /** Epoch ms. */
  readonly at: number;
  /** Who asked for it. */
  readonly by: string;
}

/** Why a rollout failed: which task, where, and its last words. */
export interface Failure {
  readonly reason: string;
  readonly task?: string | undefined;
  readonly slot?: number | undefined;
  readonly node?: string | undefined;
  readonly exitCode?: number | undefined;
  /** The task's last 20 log lines. */
  readonly log: readonly string[];
  /** Requests answered with the app's own 5xx, or failed, by the new tasks. */
  readonly failedRequests: number;
  readonly at: number;
}

export const isEnded = (state: DeploymentState): boolean =>
  state === 'succeeded' ||
  state === 'failed' ||
  state === 'rolled-back' ||
  state === 'superseded' ||
  state === 'skipped';

/** Nothing moves on by itself: it has ended, or waits for a user. */
export const isAtRest = (state: DeploymentState): boolean => isEnded(state) || state === 'paused';

/** Since when it goes back to what served, epoch ms; undefined: it goes forward. */
export const goesBackSince = ({ failure, revert }: Deployment): number | undefined => failure?.at ?? revert?.at;

/** The canary, while both sets serve and a user is to decide. */
export const canaryOf = (deployment: Deployment | undefined): Canary | undefined =>
  deployment?.canary && deployment.canary.weight < 100 && goesBackSince(deployment) === undefined
    ? deployment.canary
    : undefined;
