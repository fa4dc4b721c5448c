import type { Deployment } from '../model/deployment.ts';
import type { ServiceSpec } from '../model/service-spec.ts';

/**
 * What a deployment wants at one moment of the new set of tasks and of the old one: data, which one planner brings about
 * whatever the strategy is.
 */
export interface Demand {
  /** Slots 1 to this number get a task of the new revision. */
  readonly newWanted: number;
  /** Slots that may be in the middle of their replacement at the same time. */
  readonly atOnce: number;
  /** Part of the requests that new tasks get, 0 to 1. At 0 they start, get ready and wait outside of the tables. */
  readonly share: number;
  readonly oldStays: OldStays;
  /** What the deployment does once all of this is observed. */
  readonly then: Then;
}

/**
 * - `cut-over`: all new tasks come into the tables and all old ones leave them, in one table
 * - `pause`: it waits for a user
 * - `switch`: `monitor` begins
 * - `succeed`: once that has passed
 */
export type Then = 'cut-over' | 'pause' | 'switch' | 'succeed';

/**
 * What becomes of an old task once the new task of its slot has taken over:
 *
 * - `routed`: nothing: it gets requests as before
 * - `drained`: it leaves the tables and runs on, to be routed again at once
 * - `no`: it leaves the tables, its requests end, it stops
 */
export type OldStays = 'routed' | 'drained' | 'no';

/** What a strategy looks at. */
export interface Rollout {
  readonly deployment: Deployment;
  /** Of the revision that it brings. */
  readonly spec: ServiceSpec;
  /** Of the same revision; undefined while its image is not resolved. */
  readonly hash: string | undefined;
  /** Tasks that the service shall have. */
  readonly replicas: number;
}

/** Pure. */
export type Strategy = (rollout: Rollout, now: number) => Demand;
