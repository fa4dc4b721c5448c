import type { EngineTime } from '../../../../src/core/clock.ts';
import type { Service } from '../../../../src/core/model/service.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import * as transition from '../../../../src/core/rollout/transitions.ts';
import type { Box } from './box.ts';

/** How a release command behaves: `never-ready` runs on. */
export type ReleaseBehaviour = 'completes' | 'fails' | 'never-ready';

/** What they need of the world in which they run. */
interface Releasing {
  readonly now: number;
  readonly service: Pick<Service, 'deployment'>;
  readonly tasks: Map<string, Task>;
  readonly boxes: Map<string, Box>;
  engineNow(): EngineTime;
}

/** The release commands of a simulated world. */
export class ReleaseCommands {
  readonly behaviours = new Map<number, ReleaseBehaviour>();
  /** How often that of a deployment was run. */
  readonly runs = new Map<number, number>();
  private kills = 0;
  private readonly world: Releasing;

  constructor(world: Releasing) {
    this.world = world;
  }

  /**
   * As the controllers do it: the container is made, then it is written that it is started, then it is.
   *
   * @param until 'store': killed after the first, the second, or with the third on its way, in turns
   */
  start(task: Task, until: 'store' | 'end'): void {
    const { world } = this;
    if (task.release?.begunAt !== undefined) return;
    const id = `c-${task.id}`;
    const made = { id, name: task.id, labels: {}, state: 'created' as const, oomKilled: false, restarts: 0 };
    const behaviour = this.behaviours.get(task.revision) ?? 'completes';
    const box = { view: made, behaviour, startedAt: world.now, readyAt: world.now + 700 };
    world.boxes.set(task.id, box);
    this.kills += until === 'store' ? 1 : 0;
    const left = until === 'store' ? this.kills % 3 : undefined;
    if (left === 1) return;
    if (world.service.deployment !== task.deployment) return;
    world.tasks.set(task.id, transition.releasing(task, id, world.now));
    if (left === 2) return;
    const deployment = task.deployment ?? 0;
    this.runs.set(deployment, (this.runs.get(deployment) ?? 0) + 1);
    world.boxes.set(task.id, { ...box, view: { ...made, state: 'running', startedAt: world.engineNow() } });
  }

  /** Those whose command runs now. */
  running(): readonly Task[] {
    const { tasks, boxes } = this.world;
    return [...tasks.values()].filter(({ id, release }) => release && boxes.get(id)?.view.state === 'running');
  }

  /** Whether that of a revision has ended well. */
  hasSucceeded(revision: number): boolean {
    return [...this.world.tasks.values()].some(
      (task) => task.release && task.revision === revision && task.end?.exitCode === 0 && !task.givenUp,
    );
  }
}
