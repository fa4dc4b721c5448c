import {
  activateHost,
  activateNode,
  drainHost,
  drainNode,
  drainStatus,
  hostDrainStatus,
  maintainNode,
  undrainHost,
  undrainNode,
} from '../../contract/drain.ts';
import { rememberRevisions } from '../../controllers/services/revisions.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { type AvailabilityWish, changeAvailability } from '../nodes/availability.ts';
import { nodeNamed } from '../nodes/change.ts';
import { type DrainStatusOptions, drainStatusOf } from '../nodes/drain-status.ts';
import { type NodesOptions, presentNodes } from '../nodes/present.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export type DrainRoutesOptions = NodesOptions & Omit<DrainStatusOptions, 'readRevision'>;

/** Takes nodes out of use and back into it, and tells how far that is. */
export function drainRoutes(given: DrainRoutesOptions): readonly Route[] {
  const options = { ...given, readRevision: rememberRevisions(given.state) };
  const drain = async (id: string, caller: Caller) =>
    ok(await drainStatusOf(options, await changeAvailability(options, id, 'drain', caller)));
  const status = async (id: string) => ok(await drainStatusOf(options, (await nodeNamed(options.state, id)).value));
  const change = (wish: AvailabilityWish) => async (id: string, caller: Caller) => {
    const node = await changeAvailability(options, id, wish, caller);
    return ok((await presentNodes(options, [node]))[0]);
  };
  const [undrain, activate, maintain] = [change('undrain'), change('activate'), change('maintenance')];

  return [
    ...[drainNode, drainHost].map((one) => route(one, ({ params, caller }) => drain(params.id, caller))),
    ...[drainStatus, hostDrainStatus].map((one) => route(one, ({ params }) => status(params.id))),
    ...[undrainNode, undrainHost].map((one) => route(one, ({ params, caller }) => undrain(params.id, caller))),
    ...[activateNode, activateHost].map((one) => route(one, ({ params, caller }) => activate(params.id, caller))),
    route(maintainNode, ({ params, caller }) => maintain(params.id, caller)),
  ];
}
