import { type ServiceKey, serviceKey } from '../core/model/service.ts';
import type { Task } from '../core/model/task.ts';
import type { Stored } from '../store/collection.ts';

export type TasksByService = ReadonlyMap<ServiceKey, readonly Stored<Task>[]>;

/** Lays all tasks out by their services, once for each list. @param all in the order of their keys */
export function createTasksByService(): (all: readonly Stored<Task>[]) => TasksByService {
  let last: { readonly all: readonly Stored<Task>[]; readonly found: TasksByService } | undefined;
  return (all) => {
    if (last?.all !== all) last = { all, found: layOut(all) };
    return last.found;
  };
}

/** Those of a service stand together: a key is made for each of them, not for each task. */
function layOut(all: readonly Stored<Task>[]): TasksByService {
  const found = new Map<ServiceKey, Stored<Task>[]>();
  let own: Stored<Task>[] = [];
  let before: Task | undefined;
  for (const one of all) {
    const { project, service } = one.value;
    if (before?.service !== service || before.project !== project) {
      own = found.get(serviceKey(project, service)) ?? [];
      found.set(serviceKey(project, service), own);
    }
    own.push(one);
    before = one.value;
  }
  return found;
}
