import { deploy } from '../../contract/deploy.ts';
import { plan as planEndpoint } from '../../contract/plan.ts';
import { OrcaError } from '../../core/errors.ts';
import { createDeploying, type DeployingOptions } from '../deploying/deploy.ts';
import { createPlanning, PLAN_ROOM, type PlanningOptions } from '../deploying/plan.ts';
import { ok, type Reply } from '../reply.ts';
import { type Route, route } from '../route.ts';

export function deployRoutes(options: DeployingOptions & PlanningOptions): readonly Route[] {
  const deploying = createDeploying(options);
  const planning = createPlanning(options);
  return [
    route(deploy, async ({ body, query, caller, signal, wantsLines }): Promise<Reply> => {
      if (query.plan !== undefined) throw notYet();
      const waited = query.wait !== false;
      const admitting = deploying.admit(body, caller);
      if (wantsLines) {
        const lines = deploying.follow(admitting, waited, signal);
        return { status: 200, type: 'application/x-ndjson', stream: asLines(lines) };
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

async function* asLines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}
