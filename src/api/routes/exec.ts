import { exec } from '../../contract/exec.ts';
import type { World } from '../../controllers/world.ts';
import type { Engines } from '../../engine/engines.ts';
import type { State } from '../../store/state.ts';
import { findService } from '../observing/find-service.ts';
import { type Route, route } from '../route.ts';
import { endExec } from '../sessions/end-exec.ts';
import { runningTask } from '../sessions/running-task.ts';
import type { Sessions } from '../sessions/sessions.ts';

export interface ExecRoutesOptions {
  readonly state: State;
  readonly engines: Engines;
  readonly world: World;
  readonly sessions: Sessions;
}

export function execRoutes({ state, engines, world, sessions }: ExecRoutesOptions): readonly Route[] {
  return [
    route(exec, ({ params, query, caller, stopping, requestId }) =>
      sessions.open({ caller, stopping }, async () => {
        const service = (await findService(state, caller, params.name, query.project)).value;
        const tasks = (await state.tasks.list(service.project, service.name)).map(({ value }) => value);
        const task = runningTask({ service, tasks, world, wanted: query.task });
        const tty = query.tty === true;
        const process = await engines.of(task.node).exec(task.id, { command: query.cmd, tty, stdin: true });
        const about = { request_id: requestId, project: service.project, service: service.name, task: task.id };
        return { process, about, end: (grace) => endExec(process, tty, grace) };
      }),
    ),
  ];
}
