import { restart, rollback, rollbackPlan } from '../../contract/rollback.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { answerDeploy } from '../deploying/answer.ts';
import { notKept, prepareBack, prepareRestart, revisionBack } from '../deploying/going-back.ts';
import { PLAN_ROOM } from '../deploying/plan.ts';
import type { Steering } from '../deploying/steering.ts';
import { findService } from '../observing/find-service.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';
import type { DeployRoutesOptions } from './deploy.ts';

export interface RollbackRoutesOptions extends DeployRoutesOptions {
  readonly state: State;
  /** Of the master's own machine: it asks registries. */
  readonly engine: Engine;
  readonly engines: Engines;
  readonly steering: Steering;
}

interface Asked {
  readonly params: { readonly name: string };
  readonly query: { readonly project?: string | undefined };
  readonly body?: { readonly to?: number | undefined } | undefined;
  readonly caller: Caller;
}

/** Deployments of what was deployed before. */
export function rollbackRoutes({
  state,
  engine,
  engines,
  deploying,
  planning,
  steering,
}: RollbackRoutesOptions): readonly Route[] {
  async function earlier({ params, query, body, caller }: Asked): Promise<Revision> {
    const { value } = await findService(state, caller, params.name, query.project);
    return revisionBack(state, value, body?.to);
  }

  /** A canary is no version to go back from: what serves beside it is what is gone back to, by no name or its own. */
  async function backFromCanary<T>(
    { params, query, body, caller }: Asked,
    back: (service: Service) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { value } = await findService(state, caller, params.name, query.project);
    return body?.to === undefined || body.to === value.stable ? back(value) : undefined;
  }

  async function running({ params, query, caller }: Asked): Promise<Revision> {
    const { value } = await findService(state, caller, params.name, query.project);
    const found = await state.revisions.get(value.project, value.name, value.revision);
    if (!found) throw notKept(value, value.revision);
    return found.value;
  }

  return [
    route(rollback, async (call) => {
      const reverted = await backFromCanary(call, (service) => steering.revert(service, call.caller));
      if (reverted) return answerDeploy(deploying, { admitted: [reverted], done: Promise.resolve() }, call);
      const revision = await earlier(call);
      const admitting = deploying.begin(
        () => prepareBack({ state, engine, engines }, revision, call.caller),
        call.caller,
      );
      return answerDeploy(deploying, admitting, call);
    }),
    route(
      rollbackPlan,
      async (call) => {
        const reverting = await backFromCanary(call, (service) => steering.reverting(service, call.caller));
        if (reverting) {
          const { project, name } = reverting.steered.service;
          const tasks = await state.tasks.list(project, name);
          return ok(
            await planning.ofRevert(
              reverting,
              tasks.map(({ value }) => value),
              call.signal,
            ),
          );
        }
        const wishes = await prepareBack({ state, engine, engines }, await earlier(call), call.caller);
        return ok(await planning.of(wishes, call.caller, call.signal));
      },
      PLAN_ROOM,
    ),
    route(restart, async (call) => {
      const revision = await running(call);
      const admitting = deploying.begin(async () => prepareRestart(revision, call.caller), call.caller);
      return answerDeploy(deploying, admitting, call);
    }),
  ];
}
