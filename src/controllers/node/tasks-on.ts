import type { Task } from '../../core/model/task.ts';
import type { Readable, Stored } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';

/** Tasks that were put on a node, those that can be read. */
export type TasksOn = (node: string) => Promise<readonly Stored<Task>[]>;

/** All nodes ask when a record has changed: tasks are laid out by node once for all of them. */
export function createTasksOn({ tasks }: Pick<State, 'tasks'>): TasksOn {
  const layouts = new WeakMap<Readable<Task>, Map<string, Stored<Task>[]>>();
  return async (node) => {
    const listed = await tasks.listReadable();
    const layout = layouts.get(listed) ?? Map.groupBy(listed.records, ({ value }) => value.node);
    layouts.set(listed, layout);
    return layout.get(node) ?? [];
  };
}
