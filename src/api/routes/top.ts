import { top } from '../../contract/top.ts';
import { notFound } from '../../core/errors.ts';
import type { Task } from '../../core/model/task.ts';
import type { State } from '../../store/state.ts';
import { findService, visibleServices } from '../observing/find-service.ts';
import { isNamed } from '../observing/named-task.ts';
import { readNodeNames } from '../observing/node-names.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { createLoads, type TopOptions } from '../top/top.ts';

export interface TopRoutesOptions extends TopOptions {
  readonly state: State;
}

export function topRoutes(options: TopRoutesOptions): readonly Route[] {
  const { state } = options;
  const loads = createLoads(options);
  return [
    route(top, async ({ query, caller }) => {
      const { project, service, task } = query;
      const services =
        service === undefined
          ? await visibleServices(state, caller, project)
          : [await findService(state, caller, service, project)];
      const tasks: Task[] = [];
      for (const { value } of services)
        for (const one of await state.tasks.list(value.project, value.name)) tasks.push(one.value);
      const named = tasks.filter(isNamed(task)).filter(({ phase }) => phase !== 'ended');
      if (task !== undefined && named.length === 0) throw notFound('task', task);
      // What a whole machine does is not for a token of some of its projects.
      const isAdmitted = !caller.projects;
      const nameOf = await readNodeNames(state);
      const [found, nodes] = await Promise.all([loads.ofTasks(named, nameOf), isAdmitted ? loads.ofNodes(nameOf) : []]);
      return ok({ nodes, tasks: found });
    }),
  ];
}
