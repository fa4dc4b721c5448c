import { deploy } from '../../contract/deploy.ts';
import { plan as planEndpoint } from '../../contract/plan.ts';
import { schedulerDeploy } from '../../contract/scheduler.ts';
import { OrcaError } from '../../core/errors.ts';
import { answerDeploy } from '../deploying/answer.ts';
import type { Deploying } from '../deploying/deploy.ts';
import { PLAN_ROOM, type Planning } from '../deploying/plan.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface DeployRoutesOptions {
  readonly deploying: Deploying;
  readonly planning: Planning;
}

export function deployRoutes({ deploying, planning }: DeployRoutesOptions): readonly Route[] {
  return [
    ...[deploy, schedulerDeploy].map((one) =>
      route(one, (call) => {
        if (call.query.plan !== undefined) throw notYet();
        const replace = call.query.replace ?? call.body.replace;
        return answerDeploy(deploying, deploying.admit(call.body, call.caller, { replace }), call);
      }),
    ),
    route(
      planEndpoint,
      async ({ body, caller, signal }) => ok(await planning.ofBody(body, caller, { replace: body.replace, signal })),
      PLAN_ROOM,
    ),
  ];
}

const notYet = (): OrcaError =>
  new OrcaError('not_yet_supported', 'deploying a plan by its hash is not yet supported', { hint: 'leave `plan` out' });
