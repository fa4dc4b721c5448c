import { diff, history } from '../../contract/history.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import { mayAct } from '../../core/model/token.ts';
import { REVISIONS_KEPT } from '../../core/rollout/retain.ts';
import type { Fingerprint } from '../../identity/fingerprint.ts';
import { MAX_VALUE_BYTES } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';
import { notKept } from '../deploying/going-back.ts';
import { findService } from '../observing/find-service.ts';
import { readPast } from '../observing/past.ts';
import { detailed } from '../present/detailed-diff.ts';
import { presentDiff, presentHistory } from '../present/history.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface HistoryRoutesOptions {
  readonly state: State;
  readonly fingerprint: Fingerprint;
}

const HISTORY_ROOM = REVISIONS_KEPT * MAX_VALUE_BYTES;
const DIFF_ROOM = 4 * MAX_VALUE_BYTES;

export function historyRoutes({ state, fingerprint }: HistoryRoutesOptions): readonly Route[] {
  async function revisionOf(service: Service, number: number): Promise<Revision> {
    const found = await state.revisions.get(service.project, service.name, number);
    if (!found) throw notKept(service, number);
    return found.value;
  }

  return [
    route(
      history,
      async ({ params, query, caller }) => {
        const { value } = await findService(state, caller, params.name, query.project);
        return ok(presentHistory(await readPast(state, value)));
      },
      HISTORY_ROOM,
    ),
    route(
      diff,
      async ({ params, query, caller }) => {
        const { value } = await findService(state, caller, params.name, query.project);
        const [from, to] = [await revisionOf(value, query.from), await revisionOf(value, query.to)];
        const showsFiles = mayAct(caller.role, 'deployer');
        const body = presentDiff(from, to, showsFiles ? undefined : fingerprint);
        return ok({ ...body, diff: await detailed(state, body.diff, { from, to, showsFiles }) });
      },
      DIFF_ROOM,
    ),
  ];
}
