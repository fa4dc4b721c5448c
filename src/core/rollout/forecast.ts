import type { Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';
import type { Task } from '../model/task.ts';
import type { Step } from './step.ts';

export interface ForecastInput {
  /** As it stands; undefined for a new one. */
  readonly service?: Service | undefined;
  readonly from?: Revision | undefined;
  readonly to: Revision;
  readonly replicas: number;
  readonly tasks: readonly Task[];
}

export interface Forecast {
  /** In the order they would be applied if everything goes well. */
  readonly steps: readonly Step[];
  /** Longest time in which a slot that served does not serve, estimated, ms; 0 for start-first. */
  readonly downtime: number;
}

/** Runs the planner against a model world in which everything goes well: what `orca plan` shows. */
export function forecast(_input: ForecastInput): Forecast {
  throw new Error('lands with the planner');
}
