import { run } from '../../contract/exec.ts';
import type { Runs } from '../../controllers/runs/runs.ts';
import { OrcaError } from '../../core/errors.ts';
import type { State } from '../../store/state.ts';
import { findService } from '../observing/find-service.ts';
import { type Route, route } from '../route.ts';
import type { Sessions } from '../sessions/sessions.ts';

export interface RunRoutesOptions {
  readonly state: State;
  /** None: this server has nothing to make containers with. */
  readonly runs?: Runs | undefined;
  readonly sessions: Sessions;
}

export function runRoutes({ state, runs, sessions }: RunRoutesOptions): readonly Route[] {
  return [
    route(run, ({ params, query, caller, stopping, requestId }) =>
      sessions.open({ caller, stopping }, async () => {
        const service = (await findService(state, caller, params.name, query.project)).value;
        if (!runs) throw new OrcaError('unavailable', 'this server makes no containers');
        const { name, revision, process, stop, remove } = await runs.start(service, {
          command: query.cmd,
          tty: query.tty === true,
        });
        const about = {
          request_id: requestId,
          project: service.project,
          service: service.name,
          container: name,
          revision,
        };
        return { process, about, end: stop, cleanUp: remove };
      }),
    ),
  ];
}
