import type { TaskView } from './observed.ts';
import type { Stage } from './stage.ts';

/** The slot of a release command's task: none that the service's own tasks have. */
export const RELEASE_SLOT = 0;

/** One numbered place with what is in it. */
export interface Slot {
  readonly number: number;
  /** How far its task of the target has come. */
  readonly stage: Stage;
  /** The one task of the target that stays; the best if there are several. */
  readonly current?: TaskView | undefined;
  /** Further tasks of the target: there should be none. */
  readonly doubles: readonly TaskView[];
  /** Tasks of other revisions that still run. */
  readonly old: readonly TaskView[];
  /** Tasks of other revisions that were replaced, and are kept for a while. */
  readonly kept: readonly TaskView[];
  /** Tasks on their way out. */
  readonly stopping: readonly TaskView[];
  /** Tasks that died without orca's word and are not buried yet. */
  readonly dead: readonly TaskView[];
  /** Ended ones that count, the last first. */
  readonly ended: readonly TaskView[];
}
