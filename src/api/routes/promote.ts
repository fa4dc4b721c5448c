import { promote } from '../../contract/promote.ts';
import type { State } from '../../store/state.ts';
import { answerDeploy } from '../deploying/answer.ts';
import type { Deploying } from '../deploying/deploy.ts';
import type { Steering } from '../deploying/steering.ts';
import { findService } from '../observing/find-service.ts';
import { type Route, route } from '../route.ts';

export interface PromoteRoutesOptions {
  readonly state: State;
  readonly deploying: Deploying;
  readonly steering: Steering;
}

/** What is left to do with a canary that waits. */
export const promoteRoutes = ({ state, deploying, steering }: PromoteRoutesOptions): readonly Route[] => [
  route(promote, async (call) => {
    const { value } = await findService(state, call.caller, call.params.name, call.query.project);
    const one = await steering.promote(value, call.body?.step ?? false, call.caller);
    return answerDeploy(deploying, { admitted: [one], done: Promise.resolve() }, call);
  }),
];
