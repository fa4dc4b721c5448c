import { deploy } from '../../contract/deploy.ts';
import { plan as planEndpoint } from '../../contract/plan.ts';
import type { ProgressLine } from '../../contract/progress.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Deploying } from '../deploying/deploy.ts';
import { createPlanning, PLAN_ROOM, type PlanningOptions } from '../deploying/plan.ts';
import { ok, type Reply } from '../reply.ts';
import { type Route, route } from '../route.ts';

export function deployRoutes(options: PlanningOptions & { readonly deploying: Deploying }): readonly Route[] {
  const { deploying } = options;
  const planning = createPlanning(options);
  return [
    route(deploy, async ({ body, query, caller, signal, wantsLines, requestId }): Promise<Reply> => {
      if (query.plan !== undefined) throw notYet();
      const waited = query.wait !== false;
      const admitting = deploying.admit(body, caller);
      if (wantsLines) {
        const lines = deploying.follow(admitting, { waited, signal, requestId });
        return { status: 200, type: 'application/x-ndjson', stream: asLines(lines, requestId) };
      }
      await admitting.done;
      if (waited) await deploying.wait(admitting.admitted, signal);
      return answer(await deploying.result(admitting.admitted, waited));
    }),
    route(planEndpoint, async ({ body, caller, signal }) => ok(await planning(body, caller, signal)), PLAN_ROOM),
  ];
}

const answer = (body: { readonly status: number }): Reply => ({ status: body.status, body });

const notYet = (): OrcaError =>
  new OrcaError('not_yet_supported', 'deploying a plan by its hash is not yet supported', { hint: 'leave `plan` out' });

/** The last line has what the body of an answer would have. */
async function* asLines(lines: AsyncIterable<ProgressLine>, requestId: string): AsyncGenerator<string> {
  for await (const line of lines) {
    const isError = line.type === 'result' && line.error !== undefined;
    yield `${JSON.stringify(isError ? { ...line, request_id: requestId } : line)}\n`;
  }
}
